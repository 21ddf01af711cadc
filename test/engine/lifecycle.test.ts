import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { connectEngine, startLocalEngine } from "../../engine/client.ts";
import type { LogLine } from "../../engine/run-types.ts";
import { waitFor } from "../wait-for.ts";
import { frameOf, useEngine } from "./udf-fixture.ts";

const fixture = useEngine();
const { value, error, run } = fixture;
const forever = "() => { console.log('on'); for (;;); }";

/** Resolves at the first line a run writes. */
function firstLine(): { onLog: (line: LogLine) => void; seen: Promise<void> } {
  const { promise: seen, resolve } = Promise.withResolvers<void>();
  return { onLog: () => resolve(), seen };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended stays listed until its parent, here init, has looked.
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

const eventually = (holds: () => boolean, what: string) => waitFor(what, holds, { seconds: 30 });

describe("cancelling", () => {
  test("an AbortSignal ends a run that computes", async () => {
    const abort = new AbortController();
    const { onLog, seen } = firstLine();
    const running = error(forever, {}, { signal: abort.signal, onLog });
    await seen;
    abort.abort();
    assert.equal((await running).kind, "cancelled");
    assert.equal(await value("() => 1"), 1);
  });

  test("an AbortSignal ends a run that waits for its turn, without touching the others", async () => {
    const abort = new AbortController();
    const running = Array.from({ length: 4 }, () =>
      value("() => { const end = Date.now() + 150; while (Date.now() < end); return 1 }"),
    );
    const waiting = error("() => 1", {}, { signal: abort.signal });
    abort.abort();
    assert.equal((await waiting).kind, "cancelled");
    assert.deepEqual(await Promise.all(running), [1, 1, 1, 1]);
  });

  test("a signal that was aborted before starts nothing", async () => {
    assert.equal((await error(forever, {}, { signal: AbortSignal.abort() })).kind, "cancelled");
  });
});

describe("many runs", () => {
  test("two runs compute at the same time where there are two cores", async () => {
    const source = "() => { const start = Date.now(); while (Date.now() < start + 1000); return [start, Date.now()] }";
    const [a, b] = (await Promise.all([value(source), value(source)])) as [number, number][];
    const overlap = Math.min(a![1], b![1]) - Math.max(a![0], b![0]);
    assert.equal(overlap > 0, availableParallelism() > 1, `${String(a)} and ${String(b)}`);
  });

  test("a client with many runs does not keep another waiting", async () => {
    const other = connectEngine(fixture.engine.socketPath);
    const busy = "() => { const began = Date.now(); while (Date.now() < began + 30); return began; }";
    const many = Promise.all(Array.from({ length: 40 }, () => value(busy)));
    const outcome = await other.run({ frame: frameOf("() => Date.now()"), parameters: {} });
    const moment = outcome.status === "ok" ? (outcome.value as number) : NaN;
    const later = ((await many) as number[]).filter((began) => began >= moment).length;
    assert.ok(later > 20, `${later} of 40 were still to come`);
    await other.close();
  });

  test("300 runs at once each get their own answer", async () => {
    const values = await Promise.all(Array.from({ length: 300 }, (_, n) => value("({ n }) => n * 2", { n })));
    assert.deepEqual(
      values,
      Array.from({ length: 300 }, (_, n) => n * 2),
    );
  });
});

describe("the host", () => {
  test("when it dies, runs under way end as lost and the next run works", async () => {
    const { onLog, seen } = firstLine();
    const running = [error(forever, {}, { onLog }), error("() => new Promise(() => {})")];
    await seen;
    const { pid } = fixture.engine;
    process.kill(pid!, "SIGKILL");
    for (const { kind, message } of await Promise.all(running)) {
      assert.equal(kind, "lost");
      assert.match(message, /The run was lost: the engine's process was ended by SIGKILL.*The next run starts anew\./);
    }
    const values = await Promise.all([value("() => 1"), value("() => 2"), value("() => 3")]);
    assert.deepEqual(values, [1, 2, 3]);
    assert.notEqual(fixture.engine.pid, pid);
  });

  test("a second client finds the host that replaced the first", async () => {
    const other = connectEngine(fixture.engine.socketPath);
    const frame = frameOf("() => 'here'");
    assert.equal((await other.run({ frame, parameters: {} })).status, "ok");
    process.kill(fixture.engine.pid!, "SIGKILL");
    await eventually(() => !isAlive(fixture.engine.pid!), "the host is gone");
    // Sent before this process has heard of the end, a run may be lost too; the one after it starts the new host.
    await run("() => 0");
    const [theirs] = await Promise.all([other.run({ frame, parameters: {} }), value("() => 1")]);
    assert.equal(theirs.status, "ok");
    await other.close();
  });

  test("code that brings V8 itself down loses its run, and the next run works", async () => {
    const { kind, message } = await error("() => 'x'.repeat(5e8).split('')");
    assert.equal(kind, "lost");
    assert.match(message, /V8/);
    assert.equal(await value("() => 1"), 1);
  });

  test("an isolate that V8 loses to memory ends its run; the host finishes its others and is replaced", async () => {
    const { pid } = fixture.engine;
    const other = value("() => new Promise((resolve) => setTimeout(resolve, 3000, 'finished'))");
    const source = "() => { const m = new Map(); for (let i = 0; ; i++) m.set('k' + i, i) }";
    const { kind } = await error(source, {}, { limits: { memoryMb: 32 } });
    assert.equal(kind, "memory");
    assert.equal(await value("() => 1"), 1);
    assert.equal(await other, "finished");
    await eventually(() => !isAlive(pid!), "the old host is gone");
    assert.notEqual(fixture.engine.pid, pid);
  });

  test("its socket is private, and gone when it is closed", { skip: process.platform === "win32" }, async () => {
    const engine = await startLocalEngine({ cores: 1 });
    const { pid, socketPath } = engine;
    assert.equal(statSync(dirname(socketPath)).mode & 0o777, 0o700);
    await engine.close();
    assert.equal(isAlive(pid!), false);
    assert.equal(existsSync(dirname(socketPath)), false);
  });

  test("its environment has none of ours", { skip: process.platform !== "linux" }, async () => {
    process.env.A_SECRET = "hush";
    const engine = await startLocalEngine({ cores: 1 });
    assert.doesNotMatch(readFileSync(`/proc/${engine.pid}/environ`, "utf8"), /hush|NPM|npm_/);
    delete process.env.A_SECRET;
    await engine.close();
  });

  test("what is no host is told as such", async () => {
    const nobody = connectEngine(join(dirname(fixture.engine.socketPath), "nobody.sock"));
    const outcome = await nobody.run({ frame: frameOf("() => 1"), parameters: {} });
    assert.equal(outcome.status === "error" && outcome.error.kind, "lost");
  });
});

describe("the process that started the host", () => {
  const script = (then: string) => `
    import { startLocalEngine } from ${JSON.stringify(new URL("../../engine/client.ts", import.meta.url).href)};
    const engine = await startLocalEngine({ cores: 1 });
    console.log(engine.pid);
    ${then}`;
  const start = (then: string) => {
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script(then)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = new Promise<number>((resolve) =>
      child.stdout.once("data", (text: Buffer) => resolve(Number(text.toString()))),
    );
    return { child, pid };
  };

  test("can end without closing the engine, and takes it along", async () => {
    const { child, pid } = start("");
    const code = await new Promise((resolve) => child.once("exit", resolve));
    assert.equal(code, 0);
    const host = await pid;
    await eventually(() => !isAlive(host), "the host is gone");
  });

  test("takes the host along when it is killed", async () => {
    const { child, pid } = start("setInterval(() => {}, 1000);");
    const host = await pid;
    child.kill("SIGKILL");
    await eventually(() => !isAlive(host), "the host is gone");
  });

  test("takes the host along when it is killed while a UDF computes", async () => {
    const frame = JSON.stringify([...frameOf(forever)]);
    const { child, pid } = start(
      `engine.run({ frame: new Uint8Array(${frame}), parameters: {} }, { onLog: () => process.kill(process.pid, "SIGKILL") });`,
    );
    await new Promise((resolve) => child.once("exit", resolve));
    const host = await pid;
    await eventually(() => !isAlive(host), "the host is gone");
  });
});
