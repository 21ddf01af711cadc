import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestKernel } from "./talk.ts";

const { run, interrupted, client } = await openTestKernel();

test("a busy loop is interrupted, variables stay", async () => {
  await run("let keep = 41");
  const { status, error } = await interrupted("while (true) {}");
  assert.equal(status, "error");
  assert.match(error, /^Interrupted/);
  assert.equal((await run("keep + 1")).result, "42");
});

test("an await that never settles is interrupted, and what would follow it does not run", async () => {
  assert.match((await interrupted("await new Promise(() => {})")).error, /^Interrupted/);
  await interrupted("globalThis.count = 0; while (true) { await new Promise((go) => setTimeout(go, 2)); count++ }");
  const { result } = await run("const seen = count; await new Promise((go) => setTimeout(go, 60)); count - seen");
  assert.equal(result, "0");
});

test("catch-all loops, catastrophic regexes, Atomics.wait and synchronous children are interrupted", async () => {
  for (const code of [
    "for (;;) { try { for (;;) {} } catch {} }",
    "/(a+)+$/.test('a'.repeat(40) + '!')",
    "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "require('child_process').execSync('sleep 30')",
    "!sleep 30",
  ]) {
    const { error, milliseconds } = await interrupted(code, 150);
    assert.match(error, /^(Interrupted|AbortError)/, code);
    assert.ok(milliseconds < 20_000, `${code}: ${milliseconds} ms`);
    assert.equal((await run("keep")).result, "41");
  }
});

test("an interrupt with nothing running does no harm", async () => {
  await client.interrupt();
  assert.equal((await run("keep")).result, "41");
});

test("process.exit, a thrown null, kill -9 and a native abort leave a kernel that says what happened", async () => {
  assert.match(
    (await run("process.exit(1)")).error,
    /^SessionEnded: The session's process exited with code 1\. A new session/,
  );
  assert.equal((await run("typeof keep")).result, "'undefined'");
  assert.match((await run("process.kill(process.pid, 'SIGKILL')")).error, /killed/);
  assert.match((await run("process.abort()")).error, /SIGABRT/);
  assert.match((await run("throw null")).error, /Thrown: null/);
  assert.equal((await run("'alive'")).result, "'alive'");
});

test("an allocation loop ends with a clear message", async () => {
  // A small heap of its own, so that the test is quick: the session takes NODE_OPTIONS as any Node does.
  const small = await openTestKernel({ env: { NODE_OPTIONS: "--max-old-space-size=128" } });
  const { error, stderr } = await small.run("const all = []; for (;;) all.push(new Array(10_000).fill(1.5))");
  assert.match(error, /^SessionEnded: The session ran out of memory\. A new session has started/);
  assert.doesNotMatch(stderr, /Last few GCs/);
  assert.equal((await small.run("1 + 1")).result, "2");
});

test("two hundred cells in a row", async () => {
  for (let i = 0; i < 200; i++) assert.equal((await run(`const v${i} = ${i}; v${i} + 1`)).result, String(i + 1));
});

test("loops that await are stopped time and again without harm to the cells that follow", async () => {
  for (let i = 0; i < 10; i++) {
    await interrupted("globalThis.rounds = 0; for (;;) { await new Promise((go) => setTimeout(go, 1)); rounds++ }", 30);
    await interrupted(
      "for await (const _ of (async function* () { for (;;) yield await Promise.resolve() })()) { globalThis.rounds = -1 }",
      20,
    );
    const { result } = await run(
      "const before = rounds; await new Promise((go) => setTimeout(go, 20)); rounds - before",
    );
    assert.equal(result, "0");
  }
});

test("a session that is killed as soon as it starts is started again for each cell", async () => {
  const { run: each } = await openTestKernel();
  for (let i = 0; i < 8; i++) assert.match((await each("process.exit(9)")).error, /^SessionEnded: .*code 9/);
  assert.equal((await each("6 * 7")).result, "42");
});
