import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeMemory, kernelMemory } from "./process-memory.ts";
import { openRawKernel, type Heard } from "./raw-kernel.ts";
import { waitFor } from "../wait-for.ts";

/**
 * A day of mixed cells in quick succession: sums, declarations, output, errors, displays, comms, completions, interrupts,
 * sessions that crash. Memory afterwards is that after the first part of it. `FUSED_LONG_DAY=full`: 20,000 cells, a
 * thousand of them before the first look, and the bound of 1.2. The short form looks first when V8's heaps may not have
 * their size yet, so that its bound only tells a leak of what cells make (kept results alone tripled it).
 */
const full = process.env.FUSED_LONG_DAY === "full";
const day = full
  ? { cells: 20_000, first: 1_000, bound: 1.2, look: 1_000 }
  : { cells: 1_600, first: 900, bound: 1.4, look: 350 };
/**
 * A session is replaced only early in the day, so that what one keeps for ever shows in the rest of it; in the short form
 * so early that the heap of the last one has grown to its size before the first look.
 */
const lastCrash = full ? day.cells / 2 : day.first * 0.6;

const { kernel, ask, execute, close, listeners } = await openRawKernel();
after(close);
/** Widgets that cells have opened, to write to and to close as a front end would. */
const comms: string[] = [];
let begun = "";
listeners.heard = ({ message: { header, parent_header, content } }: Heard) => {
  if (content.execution_state === "busy") begun = parent_header.msg_id ?? "";
  if (header.msg_type === "comm_open") comms.push(String(content.comm_id));
};

const cells: ((i: number) => string)[] = [
  (i) => `${i} + 1`,
  (i) => `const v${i % 300} = { i: ${i}, list: [1, 2, 3], text: "${i}" }; v${i % 300}`,
  (i) => `function f${i % 50}(x: number): number { return x * ${i} } f${i % 50}(2)`,
  (i) => `for (let k = 0; k < 50; k++) console.log("line", k, ${i})`,
  (i) => `display({ table: Array.from({ length: 20 }, (_, k) => ({ k, i: ${i} })) })`,
  (i) => `throw new Error("error ${i}")`,
  () => `await new Promise((go) => setTimeout(go, 1)); await Promise.all([1, 2].map(async (x) => x * 2))`,
  (i) =>
    `class C${i % 20} { data = new Float64Array(10_000); get sum() { return this.data.length + ${i} } } new C${i % 20}()`,
  () => `const big = new Array(100_000).fill(0).map((_, k) => ({ k })); big`,
  (i) => `setTimeout(() => { if (${i} % 40 === 9) throw new Error("late") }, 1); new Map([[${i}, new Set([${i}])]])`,
  (i) =>
    `const comm = jupyter.openComm("jupyter.widget", { state: { _model_name: "IntProgress", value: ${i} } }); comm.onMessage(() => comm.send({ method: "update", state: { value: 1 } })); undefined`,
  () => `import { join } from "node:path"; join("a", "b")`,
  (i) => `const = ${i}`,
  (i) => `Promise.reject(new Error("nobody awaits ${i}")); [/re/g, Symbol("s"), 10n, new Date(${i})]`,
  () => `%time 1 + 1`,
  (i) => `process.stdout.write("x".repeat(${(i % 10) * 1000}) + "\\n"); Buffer.alloc(1 << 16)`,
];

async function interrupted(code: string): Promise<void> {
  const { id, reply } = execute(code);
  await waitFor("the cell", () => begun === id, { every: 2 });
  await sleep(30);
  ask("interrupt_request", {}, "control");
  assert.equal((await reply).message.content.status, "error", code);
}

let ok = 0;

async function runCells(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += 8) {
    const asked = Array.from({ length: Math.min(8, to - i) }, (_, k) => execute(cells[(i + k) % cells.length]!(i + k)));
    for (const { reply, idle } of asked) {
      const { status } = (await reply).message.content;
      assert.match(String(status), /^(ok|error)$/);
      if (status === "ok") ok++;
      await idle;
    }
    for (const comm_id of comms.splice(0)) {
      ask("comm_msg", { comm_id, data: { method: "update", state: { value: i } } });
      ask("comm_close", { comm_id, data: {} });
    }
    const turn = i / 8;
    if (turn % 5 === 0) await ask("complete_request", { code: "[1, 2].fi", cursor_pos: 9 }).reply;
    if (turn % 9 === 0) await ask("inspect_request", { code: `v${i % 300}`, cursor_pos: 2, detail_level: 0 }).reply;
    if (turn % 50 === 25) await interrupted("while (true) {}");
    if (turn % 50 === 40) await interrupted("await new Promise(() => {})");
    if (turn % 50 === 7) await interrupted("for (;;) { try { for (;;) console.log('busy') } catch {} }");
    if (i < lastCrash && turn % 100 === 60)
      await ask("execute_request", {
        code: turn % 200 === 60 ? "process.exit(3)" : "process.kill(process.pid, 'SIGKILL')",
      }).reply;
  }
}

/** The least of some looks, so that garbage which is about to be collected does not count. */
async function memory(): Promise<number> {
  const looks: number[] = [];
  for (let i = 0; i < (full ? 10 : 4); i++) {
    await sleep(300);
    await execute("0").reply;
    looks.push(kernelMemory(kernel.pid));
  }
  return Math.min(...looks);
}

test(
  `${day.cells} mixed cells with interrupts, crashes and widgets leave memory within ${day.bound} times that after the first ${day.first}`,
  { timeout: 1_200_000 },
  async (t) => {
    await runCells(0, day.first);
    const early = await memory();
    for (let i = day.first; i < day.cells; i += day.look) {
      await runCells(i, Math.min(i + day.look, day.cells));
      if (full) t.diagnostic(`${i + day.look} cells: ${describeMemory(kernel.pid)}`);
    }
    const late = await memory();
    t.diagnostic(`${early.toFixed(0)} MB after ${day.first} cells, ${late.toFixed(0)} MB after ${day.cells}`);
    assert.ok(ok > day.cells * 0.8, `only ${ok} of ${day.cells} cells ended well: does each find a session?`);
    assert.ok(late <= early * day.bound, `from ${early.toFixed(0)} to ${late.toFixed(0)} MB`);
    assert.equal((await execute("6 * 7").reply).message.content.status, "ok");
  },
);
