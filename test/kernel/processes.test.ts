import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openTestKernel } from "./talk.ts";

const onLinux = process.platform === "linux" ? {} : { skip: "needs /proc (Linux)" };

/** A kernel with all that it may start: a session, an engine host that has run UDFs, and a process that a cell left running. */
async function openBusyKernel() {
  const kernel = await openTestKernel();
  await kernel.run("require('child_process').spawn('sleep', ['300'], { detached: false })");
  await kernel.run("%%udf square\nfunction square(n: int) { return n * n }");
  const pool = await kernel.run("const pool = %map square Array.from({ length: 64 }, (_, i) => i)");
  assert.equal(pool.status, "ok", pool.error);
  const started = descendants(kernel.client.process.pid);
  assert.ok(started.length >= 3, "session, engine host and sleep");
  return { ...kernel, started: [kernel.client.process.pid, ...started] };
}

test("a kernel that was shut down leaves no process behind, whatever its cells started", onLinux, async () => {
  const { client, started } = await openBusyKernel();
  await client.shutdown();
  assert.deepEqual(await left(started), []);
});

test("nor does one that was killed with SIGKILL in the middle of a cell", onLinux, async () => {
  const { client, started } = await openBusyKernel();
  const busy = client.execute("while (true) {}").catch(() => undefined);
  await sleep(100);
  process.kill(client.process.pid, "SIGKILL");
  await busy;
  assert.deepEqual(await left(started), []);
});

/** Those of the processes that still run, after a moment to end. */
async function left(pids: number[]): Promise<number[]> {
  const running = () => pids.filter((pid) => /^[^Z]$/.test(stat(pid)?.state ?? "Z"));
  for (let i = 0; i < 1200 && running().length > 0; i++) await sleep(50);
  return running();
}

function descendants(pid: number): number[] {
  const all = readdirSync("/proc").map(Number).filter(Boolean);
  const below = (parent: number): number[] =>
    all.filter((each) => stat(each)?.parent === parent).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** State and parent of a process (proc(5), /proc/PID/stat). */
function stat(pid: number): { state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: state!, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
