import { randomUUID } from "node:crypto";
import type { Scrubber } from "./scrub/scrubber.ts";
import type { SendQueue } from "./sockets.ts";
import { encodeMessage, protocolVersion, type Message, type MessageHeader } from "./wire.ts";

export type Parent = Partial<MessageHeader>;

/** What the kernel tells every front end. Stream text is gathered; nothing overtakes anything else. */
export interface Iopub {
  publish(type: string, parent: Parent, content: Record<string, unknown>, more?: PublishExtra): void;
  /** Text of a stream: shown at once after a pause, else in pieces some times a second. */
  stream(parent: Parent, name: "stdout" | "stderr", text: string): void;
  /** Tells a new subscriber that its subscription stands. */
  welcome(topic: Buffer): void;
  flush(): void;
  pending(): number;
}

export interface PublishExtra {
  metadata?: Record<string, unknown>;
  buffers?: Buffer[];
}

/** Text of one stream is sent at most this often, milliseconds, or when there is this much of it, characters. */
const streamPause = 40;
const streamPiece = 1 << 20;
/** An end of a text that may be the beginning of a secret is shown after this pause, milliseconds, where it is short. */
const heldPause = 250;

export function createHeader(type: string, session: string): MessageHeader {
  return {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username: "kernel",
    date: new Date().toISOString(),
    version: protocolVersion,
  };
}

/** @param scrubber takes secrets out of what is sent */
export function createIopub(queue: SendQueue, key: string, session: string, scrubber: Scrubber): Iopub {
  let waiting: { parent: Parent; name: "stdout" | "stderr"; text: string[]; size: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastStream = 0;
  const streams = { stdout: scrubber.stream(), stderr: scrubber.stream() };
  /** Whose text the streams hold. */
  let holder: Parent = {};
  let heldTimer: NodeJS.Timeout | undefined;

  const send = (
    type: string,
    parent: Parent,
    content: Record<string, unknown>,
    extra: PublishExtra = {},
    topic: Buffer = Buffer.from(`kernel.${session}.${type}`),
  ) => {
    const message: Message = {
      identities: [topic],
      header: createHeader(type, session),
      parent_header: parent,
      metadata: scrubber.value(extra.metadata ?? {}),
      content: type === "stream" ? content : scrubber.value(content),
      buffers: scrubber.buffers(extra.buffers ?? []),
    };
    queue.send(encodeMessage(key, message));
  };
  /** Sends what stream texts hold back. @param isForced something else is sent next */
  const releaseHeld = (isForced: boolean) => {
    clearTimeout(heldTimer);
    heldTimer = undefined;
    if (scrubber.isIdle) return;
    for (const name of ["stdout", "stderr"] as const) {
      const text = streams[name].release(isForced);
      if (text !== "") send("stream", holder, { name, text });
    }
  };
  const sendText = (parent: Parent, name: "stdout" | "stderr", text: string) => {
    if (scrubber.isIdle) return send("stream", parent, { name, text });
    if (holder.msg_id !== parent.msg_id) releaseHeld(true);
    holder = parent;
    const shown = streams[name].push(text);
    if (shown !== "") send("stream", parent, { name, text: shown });
    if (streams[name].holds) heldTimer ??= setTimeout(releaseHeld, heldPause, false);
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!waiting) return;
    const { parent, name, text } = waiting;
    waiting = undefined;
    lastStream = performance.now();
    sendText(parent, name, text.join(""));
  };
  const flushAll = () => {
    flush();
    releaseHeld(true);
  };
  return {
    flush: flushAll,
    pending: () => queue.pending() + (waiting?.size ?? 0),
    publish(type, parent, content, extra) {
      flushAll();
      send(type, parent, content, extra);
    },
    welcome: (topic) => send("iopub_welcome", {}, { subscription: topic.toString() }, {}, topic),
    stream(parent, name, text) {
      if (waiting && (waiting.name !== name || waiting.parent.msg_id !== parent.msg_id)) flush();
      waiting ??= { parent, name, text: [], size: 0 };
      waiting.text.push(text);
      waiting.size += text.length;
      const since = performance.now() - lastStream;
      if (waiting.size >= streamPiece || since >= streamPause) flush();
      else timer ??= setTimeout(flush, streamPause - since);
    },
  };
}
