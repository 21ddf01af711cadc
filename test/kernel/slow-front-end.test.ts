import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Subscriber } from "zeromq";
import { channelAddress } from "../../kernel/connection-file.ts";
import { decodeMessage, type Message } from "../../kernel/wire.ts";
import { openRawKernel } from "./raw-kernel.ts";
import { waitFor } from "../wait-for.ts";

const { kernel, info, execute, close, listeners } = await openRawKernel();
after(close);
const welcomed = Promise.withResolvers<void>();
listeners.heard = ({ message: { header } }) => header.msg_type === "iopub_welcome" && welcomed.resolve();

/** A front end that takes a message, does something else for a while, and takes the next. */
const slow = new Subscriber({ linger: 0, receiveHighWaterMark: 1 });
slow.connect(channelAddress(info, info.iopub_port));
slow.subscribe();
after(() => slow.close());
const heard: Message[] = [];
const listening = Promise.withResolvers<void>();
void (async () => {
  for await (const frames of slow) {
    const message = decodeMessage(info.key, frames);
    heard.push(message);
    if (message.header.msg_type === "iopub_welcome") listening.resolve();
    await sleep(15);
  }
})().catch(() => {});
await Promise.all([welcomed.promise, listening.promise]);

/** What the slow front end was told of a request, when it was idle and nothing more came for a while. */
async function told(id: string): Promise<{ stdout: string; afterIdle: string[] }> {
  const mine = () => heard.filter(({ parent_header }) => parent_header.msg_id === id);
  const isIdle = ({ content }: Message) => content.execution_state === "idle";
  await waitFor("idle at the slow front end", () => mine().some(isIdle), { seconds: 85 });
  await sleep(400);
  const all = mine();
  const end = all.findIndex(isIdle);
  const stream = all.filter(({ header, content }) => header.msg_type === "stream" && content.name === "stdout");
  return {
    stdout: stream.map(({ content }) => String(content.text)).join(""),
    afterIdle: all.slice(end + 1).map(({ header }) => header.msg_type),
  };
}

const lines = (count: number, width: number): string =>
  Array.from({ length: count }, (_, i) => `${String(i).padEnd(width, ".")}\n`).join("");
const printing = (count: number, width: number) =>
  `for (let i = 0; i < ${count}; i++) console.log(String(i).padEnd(${width}, "."))`;

function assertSame(actual: string, expected: string): void {
  assert.equal(actual.length, expected.length);
  // Not `equal`: a difference of 20 MB is no message.
  assert.ok(actual === expected, "lines are missing, or in another order");
}

test(
  "9 MB in short lines and 20 MB in long ones are whole, and nothing comes after idle",
  { timeout: 90_000 },
  async () => {
    for (const [count, width] of [
      [90_000, 99],
      [400, 50_000],
    ] as const) {
      const { stdout, afterIdle } = await told(execute(printing(count, width)).id);
      assertSame(stdout, lines(count, width));
      assert.deepEqual(afterIdle, []);
    }
  },
);

test("so they are when the kernel stands still for a moment while the cell prints", { timeout: 90_000 }, async () => {
  const { id, reply } = execute(`${printing(60_000, 99)}\n${printing(200, 50_000)}`);
  const isOurs = ({ header, parent_header }: Message) => header.msg_type === "stream" && parent_header.msg_id === id;
  await waitFor("the first output", () => heard.some(isOurs), { every: 2 });
  process.kill(kernel.pid, "SIGSTOP");
  await sleep(1500);
  process.kill(kernel.pid, "SIGCONT");
  const { stdout, afterIdle } = await told(id);
  assertSame(stdout, lines(60_000, 99) + lines(200, 50_000));
  assert.deepEqual(afterIdle, []);
  assert.equal((await reply).message.content.status, "ok");
});

test("what a child process writes meanwhile is whole as well, and comes before idle", { timeout: 90_000 }, async () => {
  const { id } = execute("require('child_process').execSync('seq 1 300000', { stdio: 'inherit' }); undefined");
  await sleep(100);
  process.kill(kernel.pid, "SIGSTOP");
  await sleep(800);
  process.kill(kernel.pid, "SIGCONT");
  const { stdout, afterIdle } = await told(id);
  assertSame(stdout, Array.from({ length: 300_000 }, (_, i) => `${i + 1}\n`).join(""));
  assert.deepEqual(afterIdle, []);
});
