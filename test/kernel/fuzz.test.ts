import assert from "node:assert/strict";
import { createHmac, randomInt } from "node:crypto";
import { connect } from "node:net";
import { after, test } from "node:test";
import fc from "fast-check";
import { Dealer, XSubscriber } from "zeromq";
import { channelAddress, portNames } from "../../kernel/connection-file.ts";
import { createSendQueue, type SendQueue } from "../../kernel/sockets.ts";
import { describeMemory, kernelMemory } from "./process-memory.ts";
import { randomCell } from "./random-cell.ts";
import { openRawKernel } from "./raw-kernel.ts";

/**
 * Frames and cells at random against a real kernel: afterwards it answers, and has not grown. `FUSED_FUZZ=full` for the
 * whole of it, `FUSED_FUZZ_SEED=n` for one that failed.
 */
const full = process.env.FUSED_FUZZ === "full";
const seed = Number(process.env.FUSED_FUZZ_SEED ?? randomInt(2 ** 31));
const batch = 200;
const frames = full ? 100_000 : 4_000;
const cells = full ? 10_000 : 300;
/**
 * What a kernel may have grown by, megabytes: its caches (signatures, history, cells for stack traces) and V8's heaps fill
 * meanwhile.
 */
const allowance = full ? 400 : 150;

const { kernel, info, ask, execute, close } = await openRawKernel();
after(close);

const open: { close(): void }[] = [];
after(() => open.forEach((each) => each.close()));
/** Clients of the fuzzer's own on all five sockets. What comes back is read and thrown away. */
const senders: Record<string, SendQueue> = {};
for (const name of ["shell", "control", "stdin", "hb"] as const) {
  const socket = new Dealer({ linger: 0 });
  socket.connect(channelAddress(info, info[`${name}_port`]));
  senders[name] = createSendQueue(socket);
  open.push(socket);
  void discard(socket);
}
const subscriber = new XSubscriber({ linger: 0, receiveHighWaterMark: 0 });
subscriber.connect(channelAddress(info, info.iopub_port));
senders.iopub = createSendQueue(subscriber);
open.push(subscriber);
void discard(subscriber);

async function discard(socket: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of socket);
}

type Frames = Buffer[];

const bytes = fc.uint8Array({ maxLength: 80 }).map((each) => Buffer.from(each));
const delimiter = fc.constant(Buffer.from("<IDS|MSG>"));
const noise = fc.array(fc.oneof({ weight: 4, arbitrary: bytes }, delimiter), { minLength: 1, maxLength: 9 });

/** Of the requests that a kernel knows all but the one that ends it. */
const types = [
  "kernel_info",
  "complete",
  "inspect",
  "is_complete",
  "history",
  "comm_info",
  "interrupt",
  "list_subshell",
  "delete_subshell",
  "execute",
  "create_subshell",
];
const messageType = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...types.map((each) => `${each}_request`),
      "comm_open",
      "comm_msg",
      "comm_close",
      "input_reply",
    ),
  },
  fc.constantFrom("constructor", "__proto__", "toString", "nosuch_request", "execute_reply", "status", ""),
  fc.string({ maxLength: 12 }).filter((each) => each !== "shutdown_request"),
);
const anything = fc.jsonValue({ maxDepth: 3 });
const hostile = fc.constantFrom<fc.JsonValue>(
  { toString: 1 },
  { length: 1e9 },
  -1,
  1e308,
  "\u{1f30d}\ud800",
  "a".repeat(3000),
  null,
  [],
  "__proto__",
  "jupyter.widget",
  "jupyter.widget.control",
);
const value = fc.oneof(anything, hostile);
const field = fc.constantFrom(
  "code",
  "cursor_pos",
  "detail_level",
  "silent",
  "store_history",
  "user_expressions",
  "allow_stdin",
  "stop_on_error",
  "comm_id",
  "target_name",
  "data",
  "value",
  "hist_access_type",
  "n",
  "session",
  "start",
  "stop",
  "pattern",
  "unique",
  "output",
  "raw",
  "subshell_id",
  "__proto__",
);
const content = fc.oneof({ weight: 5, arbitrary: fc.dictionary(field, value, { maxKeys: 6 }) }, value);
const header = fc.record(
  {
    msg_type: messageType,
    msg_id: fc.oneof(fc.uuid(), value),
    session: value,
    username: value,
    date: value,
    version: value,
    subshell_id: value,
  },
  { requiredKeys: ["msg_type", "msg_id"] },
);

/** Four JSON frames with the right signature, whatever is in them. */
function signed(parts: unknown[], buffers: Frames): Frames {
  const json = parts.map((part) => Buffer.from(JSON.stringify(part)));
  const hmac = createHmac("sha256", info.key);
  for (const frame of json) hmac.update(frame);
  return [Buffer.from("<IDS|MSG>"), Buffer.from(hmac.digest("hex")), ...json, ...buffers];
}
const wellSigned = fc
  .tuple(
    header,
    fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, value),
    fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, value),
    content,
    fc.array(bytes, { maxLength: 2 }),
  )
  .map(([head, parent, metadata, body, buffers]) => signed([head, parent, metadata, body], buffers));
/** A good message with one frame taken out, doubled, cut or changed. */
const damaged = fc
  .tuple(wellSigned, fc.nat(), fc.constantFrom("drop", "double", "cut", "flip"), bytes)
  .map(([message, at, how, extra]) => {
    const i = at % message.length;
    const frame = message[i]!;
    if (how === "drop") return message.toSpliced(i, 1);
    if (how === "double") return message.toSpliced(i, 0, frame);
    if (how === "cut") return message.with(i, frame.subarray(0, frame.length >> 1));
    return message.with(i, Buffer.concat([frame.subarray(1), extra]));
  });
const message = fc.oneof(
  { weight: 3, arbitrary: wellSigned },
  { weight: 3, arbitrary: damaged },
  { weight: 2, arbitrary: noise },
);
/** What a subscriber may send: subscriptions, their ends, and things that are neither. */
const subscription = fc.oneof(
  fc.tuple(fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 8 })).map(([on, topic]) => [Buffer.from([on, ...topic])]),
  noise,
);
const heartbeat = fc.oneof(
  noise.map((each) => [Buffer.alloc(0), ...each]),
  noise,
);
const sending = fc.oneof(
  { weight: 5, arbitrary: fc.record({ to: fc.constantFrom("shell", "control", "stdin"), message }) },
  { weight: 1, arbitrary: fc.record({ to: fc.constant("iopub"), message: subscription }) },
  { weight: 1, arbitrary: fc.record({ to: fc.constant("hb"), message: heartbeat }) },
);

/** Bytes that are not even ZeroMQ's, on a connection of their own. */
function pour(port: number, junk: Uint8Array): Promise<void> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(junk));
    socket.on("error", () => done());
    socket.on("close", () => done());
    socket.resume();
    setTimeout(() => socket.destroy(), 300).unref();
  });
}

async function answers(): Promise<void> {
  const shell = ask("kernel_info_request", {}, "shell", 60_000);
  const control = ask("kernel_info_request", {}, "control", 60_000);
  for (const { reply } of [shell, control]) assert.equal((await reply).message.content.status, "ok");
}

async function computes(): Promise<void> {
  // Random interrupts may still stand before it.
  for (let i = 0; ; i++) {
    const { message } = await execute("40 + 2", {}, 30_000).reply;
    if (message.content.status === "ok") return;
    assert.ok(i < 5, JSON.stringify(message.content));
  }
}

/** Runs a property so often. Its examples are too long to be shown: the seed gives them again. */
async function holds<T extends [unknown, ...unknown[]]>(
  property: fc.IAsyncPropertyWithHooks<T>,
  numRuns: number,
): Promise<void> {
  const { failed, numRuns: ran, errorInstance } = await fc.check(property, { numRuns, seed, endOnFailure: true });
  if (!failed) return;
  const { message } = errorInstance as Error;
  const how = kernel.alive() ? "" : `; the kernel has died: ${await kernel.ended}`;
  assert.fail(`batch ${ran} of FUSED_FUZZ_SEED=${seed}: ${message.slice(0, 2000)}${how}`);
}

/** Runs batches until the count is reached, with the kernel's memory before (when caches are warm) and after. */
async function bounded(name: string, report: (text: string) => void, work: () => Promise<void>): Promise<void> {
  await computes();
  const before = kernelMemory(kernel.pid);
  await work();
  await answers();
  await computes();
  const after = kernelMemory(kernel.pid);
  report(
    `${name}: seed ${seed}; ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after (${describeMemory(kernel.pid)})`,
  );
  assert.ok(after - before < allowance, `${name}: from ${before.toFixed(0)} to ${after.toFixed(0)} MB, seed ${seed}`);
}

test(
  `${frames} malformed and random frames on every socket leave a kernel that answers, in bounded memory`,
  { timeout: 1_800_000 },
  async (t) => {
    await bounded(
      "frames",
      (text) => t.diagnostic(text),
      async () => {
        await holds(
          fc.asyncProperty(
            fc.array(sending, { minLength: batch, maxLength: batch }),
            fc.uint8Array({ minLength: 1, maxLength: 200 }),
            async (list, junk) => {
              for (const { to, message: each } of list) senders[to]!.send(each);
              await Promise.all(Object.values(senders).map((each) => each.drained()));
              await Promise.all(portNames.map((name) => pour(info[name], junk)));
              await answers();
            },
          ),
          frames / batch,
        );
      },
    );
  },
);

test(`${cells} random cells leave a kernel that answers, in bounded memory`, { timeout: 1_800_000 }, async (t) => {
  await bounded(
    "cells",
    (text) => t.diagnostic(text),
    async () => {
      await holds(
        fc.asyncProperty(fc.array(randomCell, { minLength: 20, maxLength: 20 }), async (list) => {
          const running = list.map((code) => execute(code, { stop_on_error: false }));
          let left = running.length;
          for (const { reply } of running) void reply.finally(() => left--).catch(() => undefined);
          for (let waited = 0; left > 0; waited++) {
            await Promise.race([
              Promise.allSettled(running.map(({ reply }) => reply)),
              new Promise((go) => setTimeout(go, 1000)),
            ]);
            // A cell that loops or waits for ever.
            if (left > 0) ask("interrupt_request", {}, "control");
            assert.ok(waited < 60, `cells that cannot be interrupted, seed ${seed}: ${JSON.stringify(list)}`);
          }
          for (const { reply } of running)
            assert.match(String((await reply).message.content.status), /^(ok|error|aborted)$/);
        }),
        cells / 20,
      );
    },
  );
});
