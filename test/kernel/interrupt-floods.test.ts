import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openRawKernel, type Heard } from "./raw-kernel.ts";

const { ask, execute, close, listeners } = await openRawKernel();
after(close);

/** Resolves when a message has come that is looked for. */
function heard(wanted: (message: Heard["message"]) => boolean): Promise<void> {
  return new Promise((resolve) => {
    listeners.heard = ({ message }) => {
      if (wanted(message)) resolve();
    };
  });
}

/** Loops that nothing they catch ends; the session's own code, and Node's, is on the stack most of the time. */
const floods = [
  "for (;;) { try { for (;;) console.log('busy') } catch {} }",
  "for (;;) { try { process.stdout.write('x'.repeat(200_000)) } catch {} finally { console.error('again') } }",
  "for (;;) { try { for (;;) display({ a: [1, 2, 3] }) } catch {} }",
  "for (;;) { try { import('./nope.ts').catch(() => {}) } catch {} }",
  "for (;;) { try { Promise.reject(new Error('no')).catch(() => {}) } catch {} }",
  "for (;;) { try { JSON.parse('{') } catch (error) { console.error(error) } }",
];

test("an interrupt ends a catch-all loop that floods the console, whenever it comes", async () => {
  await heard(({ header }) => header.msg_type === "iopub_welcome");
  for (let i = 0; i < 90; i++) {
    const code = floods[i % floods.length]!;
    const { id, reply, idle } = execute(code, {}, 20_000);
    await heard(({ parent_header, content }) => parent_header.msg_id === id && content.execution_state === "busy");
    // From before its first line of code to well within the flood.
    if (i % 5 > 0) await sleep(Math.random() * 25);
    ask("interrupt_request", {}, "control");
    assert.equal((await reply).message.content.ename, "Interrupted", `${i}: ${code}`);
    await idle;
    const next = await execute(`${i} + 1`, {}, 20_000).reply;
    assert.equal(next.message.content.status, "ok", `the cell after ${i}: ${code}`);
  }
  const shown = heard(({ content }) => content.name === "stdout" && content.text === "still here\n");
  await execute("display({ a: [1, 2, 3] }); console.log('still here')").reply;
  await shown;
});
