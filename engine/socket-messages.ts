import type { Socket } from "node:net";

/**
 * A message on the local socket: a small JSON head and binary parts beside it.
 * On the wire, all little endian: uint32 length of the head, uint32 number of parts, a float64 length a part; head; parts.
 */
export interface SocketMessage {
  head: Record<string, unknown>;
  parts: Uint8Array[];
}

const prefixLength = 8;
/** Messages up to this size are copied together and written at once, larger ones part by part without a copy. */
const joinedBytes = 64 * 1024;
const mostParts = 1 << 20;
const longestHead = 64 << 20;

/** Writes a message. The parts must not change until `done` is called. */
export function writeMessage(socket: Socket, head: object, parts: Uint8Array[] = [], done?: () => void): void {
  const headBytes = Buffer.from(JSON.stringify(head));
  const start = Buffer.allocUnsafe(prefixLength + 8 * parts.length);
  start.writeUInt32LE(headBytes.length, 0);
  start.writeUInt32LE(parts.length, 4);
  let total = start.length + headBytes.length;
  parts.forEach((part, i) => {
    start.writeDoubleLE(part.length, prefixLength + 8 * i);
    total += part.length;
  });
  if (total <= joinedBytes) {
    socket.write(Buffer.concat([start, headBytes, ...parts], total), done);
    return;
  }
  socket.cork();
  socket.write(start);
  socket.write(headBytes, parts.length === 0 ? done : undefined);
  parts.forEach((part, i) => socket.write(part, i === parts.length - 1 ? done : undefined));
  socket.uncork();
}

/**
 * Calls `onMessage` for each whole message that arrives on a socket. Each part has a buffer of its own, so it can be
 * handed on or viewed as any typed array. A peer that does not keep to the format is cut off with an error.
 */
export function readMessages(socket: Socket, onMessage: (message: SocketMessage) => void): void {
  const incoming = new IncomingMessage(onMessage);
  socket.on("data", (chunk: Buffer) => {
    try {
      incoming.add(chunk);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
}

class IncomingMessage {
  #onMessage: (message: SocketMessage) => void;
  /** What is being filled now, and what was filled before it: prefix, lengths, head, then the parts. */
  #target: Uint8Array = new Uint8Array(prefixLength);
  #filled = 0;
  #stage: "prefix" | "lengths" | "head" | "parts" = "prefix";
  #headLength = 0;
  #lengths: number[] = [];
  #head: Record<string, unknown> = {};
  #parts: Uint8Array[] = [];

  constructor(onMessage: (message: SocketMessage) => void) {
    this.#onMessage = onMessage;
  }

  add(chunk: Buffer): void {
    let at = 0;
    for (;;) {
      const count = Math.min(this.#target.length - this.#filled, chunk.length - at);
      this.#target.set(chunk.subarray(at, at + count), this.#filled);
      at += count;
      this.#filled += count;
      if (this.#filled < this.#target.length) return;
      this.#next();
      if (at === chunk.length && this.#target.length > 0) return;
    }
  }

  #fill(length: number): void {
    // A pooled or shared buffer could not be transferred: each target stands alone.
    this.#target = Buffer.allocUnsafeSlow(length);
    this.#filled = 0;
  }

  #next(): void {
    const done = Buffer.from(this.#target.buffer as ArrayBuffer, 0, this.#target.length);
    if (this.#stage === "prefix") {
      this.#headLength = done.readUInt32LE(0);
      const count = done.readUInt32LE(4);
      if (this.#headLength > longestHead || count > mostParts)
        throw new RangeError("Not a message of the engine's socket.");
      this.#stage = "lengths";
      this.#fill(8 * count);
    } else if (this.#stage === "lengths") {
      this.#lengths = Array.from({ length: done.length / 8 }, (_, i) => done.readDoubleLE(8 * i));
      this.#stage = "head";
      this.#fill(this.#headLength);
    } else if (this.#stage === "head") {
      this.#head = JSON.parse(done.toString("utf8")) as Record<string, unknown>;
      this.#parts = [];
      this.#stage = "parts";
      this.#nextPart();
    } else {
      this.#parts.push(new Uint8Array(this.#target.buffer as ArrayBuffer));
      this.#nextPart();
    }
  }

  #nextPart(): void {
    const length = this.#lengths[this.#parts.length];
    if (length !== undefined) return this.#fill(length);
    this.#stage = "prefix";
    this.#fill(prefixLength);
    this.#onMessage({ head: this.#head, parts: this.#parts });
  }
}
