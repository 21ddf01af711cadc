import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dealer, Subscriber } from "zeromq";
import { createConnectionFile } from "../../kernel/create-connection-file.ts";
import { ownLaunch, spawnKernel, type KernelLaunch } from "../../kernelspec/kernel-process.ts";
import { channelAddress } from "../../kernel/connection-file.ts";
import { createHeader } from "../../kernel/iopub.ts";
import { createSendQueue } from "../../kernel/sockets.ts";
import { decodeMessage, encodeMessage, type Message, type MessageHeader } from "../../kernel/wire.ts";

export type RawChannel = "shell" | "control" | "stdin";

/** A message that came, and when (`performance.now()`). */
export interface Heard {
  channel: RawChannel | "iopub";
  message: Message;
  time: number;
}

export interface Asked {
  id: string;
  sent: number;
  /** The reply; rejects after `milliseconds`. */
  reply: Promise<Heard>;
  /** The status message that says idle. */
  idle: Promise<Heard>;
}

/** A kernel whose sockets are spoken to directly, message by message. */
export async function openRawKernel(options: { launch?: KernelLaunch; env?: Record<string, string> } = {}) {
  const file = await createConnectionFile("raw");
  const { info } = file;
  const folder = mkdtempSync(join(tmpdir(), "fused-raw-"));
  const launch =
    options.launch ?? ownLaunch(folder, { FUSED_HISTORY_FILE: join(folder, "history.jsonl"), ...options.env });
  const launched = performance.now();
  const kernel = await spawnKernel({ ...launch, cwd: folder }, file.path);
  const settings = { linger: 0, reconnectInterval: 5, reconnectMaxInterval: 20, receiveHighWaterMark: 0 };
  // One identity for all three: a kernel asks for input on stdin by the identity that the cell came from.
  const dealer = { ...settings, sendHighWaterMark: 0, routingId: "raw" };
  const sockets = { shell: new Dealer(dealer), control: new Dealer(dealer), stdin: new Dealer(dealer) };
  const iopub = new Subscriber(settings);
  const waiting = new Map<string, { reply: (heard: Heard) => void; idle: (heard: Heard) => void }>();
  /** Set to hear everything. */
  const listeners: { heard?: (heard: Heard) => void } = {};

  const listen = async (channel: Heard["channel"], socket: AsyncIterable<Buffer[]>): Promise<void> => {
    for await (const frames of socket) {
      const time = performance.now();
      const message = decodeMessage(info.key, frames);
      const heard = { channel, message, time };
      const mine = waiting.get(message.parent_header.msg_id ?? "");
      if (channel !== "iopub") mine?.reply(heard);
      else if (message.content.execution_state === "idle") mine?.idle(heard);
      listeners.heard?.(heard);
    }
  };
  const queues = {} as Record<RawChannel, ReturnType<typeof createSendQueue>>;
  for (const [name, socket] of Object.entries(sockets) as [RawChannel, Dealer][]) {
    socket.connect(channelAddress(info, info[`${name}_port`]));
    queues[name] = createSendQueue(socket);
    void listen(name, socket);
  }
  iopub.connect(channelAddress(info, info.iopub_port));
  iopub.subscribe();
  void listen("iopub", iopub);

  const ask = (
    type: string,
    content: object = {},
    channel: RawChannel = "shell",
    milliseconds = 20_000,
    header: Partial<MessageHeader> = {},
  ): Asked => {
    const message: Message = {
      identities: [],
      header: { ...createHeader(type, "raw"), ...header },
      parent_header: {},
      metadata: {},
      content: content as Record<string, unknown>,
      buffers: [],
    };
    const id = message.header.msg_id;
    const reply = Promise.withResolvers<Heard>();
    const idle = Promise.withResolvers<Heard>();
    waiting.set(id, { reply: reply.resolve, idle: idle.resolve });
    const late = setTimeout(() => {
      const error = new Error(
        `no answer to ${type} ${JSON.stringify(content).slice(0, 300)} on ${channel} within ${milliseconds} ms; the kernel is ${kernel.alive() ? "alive" : "dead"}`,
      );
      reply.reject(error);
      idle.reject(error);
    }, milliseconds);
    void kernel.ended.then((how) => [reply, idle].forEach((each) => each.reject(new Error(`the kernel died: ${how}`))));
    for (const each of [reply, idle]) each.promise.catch(() => undefined);
    void Promise.allSettled([reply.promise, idle.promise]).then(() => {
      clearTimeout(late);
      waiting.delete(id);
    });
    queues[channel].send(encodeMessage(info.key, message));
    return { id, sent: performance.now(), reply: reply.promise, idle: idle.promise };
  };
  const execute = (code: string, content: object = {}, milliseconds = 60_000): Asked =>
    ask(
      "execute_request",
      {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: false,
        ...content,
      },
      "shell",
      milliseconds,
    );
  const close = (): void => {
    try {
      kernel.signal("SIGTERM");
    } catch {
      // It has ended.
    }
    const patience = setTimeout(() => kernel.alive() && kernel.signal("SIGKILL"), 2000);
    void kernel.ended.then(() => clearTimeout(patience));
    for (const socket of [...Object.values(sockets), iopub]) socket.close();
    file.remove();
  };
  return { kernel, info, folder, launched, sockets, queues, listeners, ask, execute, close };
}

export type RawKernel = Awaited<ReturnType<typeof openRawKernel>>;
