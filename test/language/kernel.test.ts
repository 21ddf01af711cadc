import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openKernel, until } from "./ask-kernel.ts";

/** Processes that carry a mark in their environment: all that a kernel started. */
function marked(mark: string): { pid: number; command: string }[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark)) return [];
      return [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }];
    } catch {
      return [];
    }
  });
}
const servers = (mark: string) => marked(mark).filter(({ command }) => command.includes("--lsp"));
const onLinux = process.platform === "linux" ? {} : { skip: "needs /proc (Linux)" };
const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;

const { run, complete, inspect, warm, cwd } = await openKernel();

/** Asks until the answer is right: on a busy machine the first may come without the types. */
async function eventually<T>(ask: () => Promise<T>, check: (answer: T) => void): Promise<void> {
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    const answer = await ask();
    try {
      return check(answer);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
const completes = (code: string, wanted: string[]) =>
  eventually(
    () => complete(code),
    ({ matches }) => assert.deepEqual(matches, wanted),
  );
const offers = (code: string, wanted: string) =>
  eventually(
    () => complete(code),
    ({ matches }) => assert.ok(matches.includes(wanted), `${code}: ${matches.join()}`),
  );
const tells = (code: string, wanted: RegExp, detail = 0) =>
  eventually(
    () => inspect(code, detail),
    ({ plain }) => assert.match(plain, wanted),
  );

test("the first completion and inspection need no language server", async () => {
  const first = await complete("[1,2,3].fi|");
  assert.ok(
    ["find", "filter", "fill"].every((name) => first.matches.includes(name)),
    first.matches.join(),
  );
  await run("/** Greets. */\nfunction greet(name: string): string { return 'hi ' + name }");
  const { found, plain } = await inspect("greet");
  assert.ok(found);
  assert.match(plain, /function greet\(name: string\): string\n+Greets\./);
});

test("where only types can answer, the first completion waits for the language server", async () => {
  const kernel = await openKernel();
  const { matches, milliseconds } = await kernel.complete("const places = [1];\nplaces.fi|");
  // A machine on which the server needs longer than that gets nothing, and late.
  assert.ok(matches.includes("find") || milliseconds >= 4000, `${matches.join()} after ${milliseconds} ms`);
});

test("names, members and strings complete from their types, live members beside them", async () => {
  await warm();
  await completes("const q = { one: 1, two: 'x' };\nq.|", ["one", "two"]);
  await completes("gree|", ["greet"]);
  await offers("greet('a').toUp|", "toUpperCase");
  await run("globalThis.dynamic = { depth: { er: 1 } }; let later: any = { alpha: 1 }");
  await offers("dynamic.de|", "depth");
  await offers("later.al|", "alpha");
  await completes("const modes = { fast: 1, slow: 2 };\nlet mode: keyof typeof modes = '|'", ["fast", "slow"]);
  await offers("import { latL| } from 'h3-js'", "latLngToCell");
  await completes("'say gree|'", []);
});

test("metadata tells what each match is", async () => {
  await eventually(
    () => complete("gree|"),
    ({ matches, types, replaced }) => {
      assert.equal(replaced, "gree");
      assert.deepEqual(
        types.map(({ text }) => text),
        matches,
      );
      assert.deepEqual(types[0], { start: 0, end: 4, text: "greet", type: "function" });
    },
  );
});

test("positions are code points, beside astral text as well", async () => {
  const { matches, replaced, types } = await complete("const face = '😀😀'; face.toUp|");
  assert.equal(replaced, "toUp");
  assert.deepEqual(matches, ["toUpperCase"]);
  assert.deepEqual([types[0]!.start, types[0]!.end], [24, 28]);
  await run("const größe = 5");
  await offers("grö|", "größe");
});

test("names of Node's modules and of packages come with their import", async () => {
  assert.ok((await complete("readFileS|")).matches.includes('import { readFileSync } from "node:fs";\nreadFileSync'));
  assert.ok((await complete("1 + readFileS|")).matches.includes('(await import("node:fs")).readFileSync'));
});

test("inside magics: names, flags, settings, UDFs, parameters, files", async () => {
  await run(
    "%%udf quakes\n/** Finds quakes. */\nfunction quakes(bounds: fused.types.Bounds, least: int = 3) {\n  return [least];\n}",
  );
  await offers("%run|", "%run_tile");
  await offers("%%ud|", "%%udf");
  await offers("const t = %ti|", "%tile");
  await completes("%run_tile qua|", ["quakes"]);
  await completes("%run_tile quakes 1/0/0 le|", ["least="]);
  await completes("%run_tile quakes --bo|", ["--bounds"]);
  await completes("%config type|", ["typecheck"]);
  await completes('%config typecheck = "o|', []);
  await completes("%config typecheck = |", ['"error"', '"off"', '"warning"']);
  mkdirSync(join(cwd, "maps"));
  writeFileSync(join(cwd, "maps", "bay.json"), "{}");
  await completes("!cat maps/b|", ["maps/bay.json"]);
  await offers("%time gree|", "greet");
});

test("a UDF is inspected by its parameters, types, defaults and description; with its code at detail 1", async () => {
  const { plain } = await inspect("quakes");
  assert.match(plain, /^quakes\(bounds: Bounds, least: int = 3\)\n {2}Finds quakes\.$/);
  await tells("quakes", /return \[least\]/, 1);
  await completes("(await quakes({ |", ["bounds", "least"]);
  await completes("%%udf inner\nfunction inner(n: int) {\n  gree|\n}", []);
});

test("inspection gives signature, JSDoc and value, and the call around the cursor", async () => {
  await tells("Math.max", /Math\.max\(\.\.\.values: number\[\]\): number\n\nReturns the larger/);
  await tells("greet(|", /^greet\(name: string\): string\n\nGreets\.$/);
  await tells("greet", /return 'hi ' \+ name/, 1);
  assert.match((await inspect("greet")).markdown, /```typescript\nfunction greet/);
  await tells("fused.udf", /Makes a UDF of a function/);
  await run("const answer = 41 + 1");
  await tells("answer", /const answer: number\n\nValue: 42/);
  assert.equal((await inspect("noSuchName")).found, false);
});

test("a type error is a warning under its cell, which runs; %config typecheck makes it an error or turns it off", async () => {
  const wrong = await run('const bad: number = "str"; bad');
  assert.equal(wrong.status, "ok");
  const text = await until(() => wrong.stderr(), "warning");
  assert.match(
    text,
    /^cell\[\d+\]:1:7 TS2322: Type 'string' is not assignable to type 'number'\.\n> 1 \| const bad: number = "str"; bad\n {4}\| {7}\^\n$/,
  );
  await run('%config typecheck = "error"');
  const refused = await run('globalThis.ran = 1; const worse: number = "str"');
  assert.equal(refused.status, "error");
  assert.equal(refused.reply.ename, "TypeCheckError");
  assert.equal((await run("if (typeof ran !== 'undefined') throw new Error('it ran')")).status, "ok");
  await run("%config typecheck = off");
  const silent = await run('const silentlyBad: number = "str"');
  await sleep(300);
  assert.equal(silent.stderr(), "");
  assert.match(
    String((await run("%config typo = 1")).reply.evalue),
    /no setting typo\. Did you mean typecheck\?|no setting typo\. There is typecheck/,
  );
  await run("%config typecheck = warning");
});

test("60 cells with edits in the middle: answers are right and come soon", async (context) => {
  for (let i = 0; i < 60; i++) {
    await run(
      `const v${i} = { alpha${i}: ${i}, before: ${i > 0 ? `v${i - 1}` : "null"}, list: [1, 2, 3] };\n` +
        `/** Number ${i}. */\nfunction f${i}(a: number, b = v${i}) { return [a, b] as const }`,
    );
  }
  await until(async () => (await complete("v59.al|")).matches.includes("alpha59"), "the last cell");
  await sleep(1000);
  const took: number[] = [];
  const looked: number[] = [];
  for (let i = 0; i < 60; i++) {
    const other = (i * 7) % 60;
    const edited = `const q${i} = v${other}.list.map((x) => x + ${i});\nf${i}(1)[1].al|;\nq${i}.length`;
    took.push((await complete(edited)).milliseconds);
    await completes(edited, [`alpha${i}`]);
    looked.push((await inspect(`const r${i} = f${other}|(2)`)).milliseconds);
    await tells(`const r${i} = f${other}|(2)`, new RegExp(`Number ${other}\\.`));
  }
  context.diagnostic(
    `completion: median ${percentile(took, 0.5).toFixed(1)} ms, p95 ${percentile(took, 0.95).toFixed(1)} ms`,
  );
  context.diagnostic(
    `inspection: median ${percentile(looked, 0.5).toFixed(1)} ms, p95 ${percentile(looked, 0.95).toFixed(1)} ms`,
  );
  // Neither waits for a slow language server longer than 300 ms; the figures of a quiet machine are in bench/.
  assert.ok(percentile(took, 0.5) < 3000 && percentile(looked, 0.5) < 3000);
  await run("const v30 = 'now a text'");
  await offers("v30.toUp|", "toUpperCase");
  assert.deepEqual(
    (await complete("f31(1)[1].before.al|")).matches,
    ["alpha30"],
    "what was made of the old value still has its type",
  );
});

test("a dead or hanging server leaves completion to the live objects, and is started again", onLinux, async () => {
  const mark = `LANGUAGE_TEST=${process.pid}-dead`;
  const kernel = await openKernel({ LANGUAGE_TEST: mark.split("=")[1]! });
  await kernel.run("const thing = { alive: 1 }");
  await kernel.warm();
  const [server] = servers(mark);
  assert.ok(server, "it is a process of its own");
  process.kill(server.pid, "SIGSTOP");
  for (let i = 0; i < 2; i++) {
    const { matches, milliseconds } = await kernel.complete("thing.al|");
    assert.deepEqual(matches, ["alive"]);
    assert.ok(milliseconds < 3000, `${milliseconds} ms with a server that hangs`);
  }
  process.kill(server.pid, "SIGKILL");
  await until(() => servers(mark).length === 0, "end of the server");
  const { matches, milliseconds } = await kernel.complete("thing.al|");
  assert.deepEqual(matches, ["alive"]);
  assert.ok(milliseconds < 3000, `${milliseconds} ms without a server`);
  await kernel.warm();
  assert.equal(servers(mark).length, 1, "started again");
  const end = async () => {
    const { pid } = servers(mark)[0]!;
    process.kill(pid, "SIGKILL");
    await until(() => !servers(mark).some((each) => each.pid === pid), "end of the server");
  };
  // The question that finds it dead has it started again.
  const ask = async () => (await kernel.complete("thing.al|"), servers(mark)[0]);
  for (let starts = 1; starts < 3; starts++) {
    await end();
    await until(ask, "server");
  }
  await end();
  await assert.rejects(until(ask, "server", 2000), /no server/, "three times at most");
  assert.deepEqual((await kernel.complete("thing.al|")).matches, ["alive"]);
  kernel.close();
});

test("an interrupt spares the server, and SIGKILL of the kernel leaves no process behind", onLinux, async () => {
  const mark = `LANGUAGE_TEST=${process.pid}-gone`;
  const kernel = await openKernel({ LANGUAGE_TEST: mark.split("=")[1]! });
  await kernel.warm();
  const [server] = servers(mark);
  const begun = join(kernel.cwd, "begun");
  const waiting = kernel.run(`require("child_process").execSync("touch '${begun}'; sleep 120")`);
  await until(() => existsSync(begun), "the cell");
  process.kill(kernel.pid, "SIGINT");
  assert.equal((await waiting).status, "error", "children of cells are ended so that the cell stops");
  await sleep(1200);
  assert.equal(servers(mark)[0]?.pid, server?.pid);
  process.kill(kernel.pid, "SIGKILL");
  await until(() => marked(mark).length === 0, "end of all processes");
});
