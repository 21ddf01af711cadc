import assert from "node:assert/strict";
import { test } from "node:test";
import { openSandboxKernel } from "./sandbox-kernel.ts";

const { run, interrupted } = await openSandboxKernel();

test("interrupts stop loops, microtask loops and waits; variables stay and the next cell runs", async () => {
  await run("let kept = 41;");
  for (const code of [
    "while (true) {}",
    "for (;;) { try { for (;;) kept; } catch {} }",
    "await new Promise(() => {})",
    "const spin = () => Promise.resolve().then(spin); await spin()",
    "for (;;) await new Promise((go) => setTimeout(go, 1))",
    "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
  ]) {
    const said = await interrupted(code);
    assert.match(said.error, /^Interrupted/, code);
    assert.equal((await run("kept + 1")).result, "42", code);
  }
});

test("twenty interrupts at any moment leave a session that answers", async () => {
  for (let i = 0; i < 20; i++) {
    await interrupted(["while (true) {}", "1", "for (;;) console.log(1)"][i % 3]!, i * 4);
    assert.equal((await run("kept")).result, "41");
  }
});

test("a cell that needs more memory than it may ends with an error, and a fresh isolate takes the next", async () => {
  for (const code of [
    "const all = []; for (;;) all.push(new Array(100_000).fill(Math.random()));",
    "const wasm = []; for (;;) { const { buffer } = new WebAssembly.Memory({ initial: 1024 }); new Uint8Array(buffer).fill(1); wasm.push(buffer); }",
  ]) {
    assert.match((await run(code)).error, /^SessionEnded: The session ran out of memory\./, code);
    assert.equal((await run("6 * 7")).result, "42");
  }
  assert.match(
    (await run("const big = []; for (;;) big.push(new Uint8Array(50_000_000).fill(1));")).error,
    /^RangeError: Array buffer allocation failed|out of memory/,
  );
  assert.equal((await run("6 * 7")).result, "42");
});
