import { randomUUID } from "node:crypto";
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

export function createIopub(queue: SendQueue, key: string, session: string): Iopub {
  let waiting: { parent: Parent; name: "stdout" | "stderr"; text: string[]; size: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastStream = 0;

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
      metadata: extra.metadata ?? {},
      content,
      buffers: extra.buffers ?? [],
    };
    queue.send(encodeMessage(key, message));
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!waiting) return;
    const { parent, name, text } = waiting;
    waiting = undefined;
    lastStream = performance.now();
    send("stream", parent, { name, text: text.join("") });
  };
  return {
    flush,
    pending: () => queue.pending() + (waiting?.size ?? 0),
    publish(type, parent, content, extra) {
      flush();
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
