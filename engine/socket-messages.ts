import type { Socket } from "node:net";
import type { Readable } from "node:stream";

/**
 * A message on the local socket: a small JSON head and binary parts beside it.
 * On the wire, all little endian: uint32 length of the head, uint32 number of parts, a float64 length a part; head; parts.
 */
export interface SocketMessage {
  head: Record<string, unknown>;
  parts: Uint8Array[];
}

const prefixLength = 8;
/** Messages up to this size are copied, and written with the others of one turn of the event loop; larger ones at once. */
const joinedBytes = 64 * 1024;
/** A part up to this size may share its buffer with what came along with it. */
const sharedBytes = 4096;
const mostParts = 1 << 20;
const longestHead = 64 << 20;

/** Small messages that wait for the end of the turn. */
const waiting = new WeakMap<Socket, Buffer[]>();

/** Writes a message. The parts must not change as long as the socket is open. */
export function writeMessage(socket: Socket, head: object, parts: Uint8Array[] = []): void {
  const text = JSON.stringify(head);
  const headLength = Buffer.byteLength(text);
  const startLength = prefixLength + 8 * parts.length;
  const total = parts.reduce((sum, part) => sum + part.length, startLength + headLength);
  const isSmall = total <= joinedBytes;
  const bytes = Buffer.allocUnsafe(isSmall ? total : startLength + headLength);
  bytes.writeUInt32LE(headLength, 0);
  bytes.writeUInt32LE(parts.length, 4);
  parts.forEach((part, i) => bytes.writeDoubleLE(part.length, prefixLength + 8 * i));
  bytes.write(text, startLength);
  if (isSmall) {
    let at = startLength + headLength;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return writeSoon(socket, bytes);
  }
  flush(socket);
  socket.cork();
  socket.write(bytes);
  for (const part of parts) socket.write(part);
  socket.uncork();
}

/** A message as one buffer, for carriers other than the local socket. */
export function messageBytes(head: object, parts: Uint8Array[] = []): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const start = Buffer.allocUnsafe(prefixLength + 8 * parts.length);
  start.writeUInt32LE(text.length, 0);
  start.writeUInt32LE(parts.length, 4);
  parts.forEach((part, i) => start.writeDoubleLE(part.length, prefixLength + 8 * i));
  return Buffer.concat([start, text, ...parts]);
}

/** The message that bytes are. @throws RangeError, SyntaxError for bytes that are not exactly one message */
export function messageFrom(bytes: Uint8Array): SocketMessage {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = wholeMessage(buffer, 0);
  if (whole?.end !== buffer.length) throw new RangeError("The bytes are not one whole message.");
  return whole.message;
}

/** A write wakes the other process, which costs more than all else about a small message. */
function writeSoon(socket: Socket, bytes: Buffer): void {
  const others = waiting.get(socket);
  if (others) return void others.push(bytes);
  waiting.set(socket, [bytes]);
  setImmediate(flush, socket);
}

function flush(socket: Socket): void {
  const messages = waiting.get(socket);
  waiting.delete(socket);
  if (messages && socket.writable) socket.write(messages.length === 1 ? messages[0]! : Buffer.concat(messages));
}

/**
 * Calls `onMessage` for each whole message that arrives on a socket or another stream of bytes. Large parts have a buffer of their own, so that they can
 * be handed on. A peer that does not keep to the format is cut off with an error.
 */
export function readMessages(socket: Readable, onMessage: (message: SocketMessage) => void): void {
  const incoming = new IncomingMessage(onMessage);
  socket.on("data", (chunk: Buffer) => {
    try {
      incoming.add(chunk);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
}

/** The message that begins at a place of a chunk, and where it ends; undefined where the chunk does not hold all of it. */
function wholeMessage(chunk: Buffer, start: number): { message: SocketMessage; end: number } | undefined {
  if (chunk.length - start < prefixLength) return undefined;
  const headLength = chunk.readUInt32LE(start);
  const count = chunk.readUInt32LE(start + 4);
  const headAt = start + prefixLength + 8 * count;
  let at = headAt + headLength;
  if (at > chunk.length) return undefined;
  const parts: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const length = chunk.readDoubleLE(start + prefixLength + 8 * i);
    if (!(length <= chunk.length - at)) return undefined;
    const part = new Uint8Array(chunk.buffer, chunk.byteOffset + at, length);
    parts.push(length > sharedBytes ? part.slice() : part);
    at += length;
  }
  const head = JSON.parse(chunk.toString("utf8", headAt, headAt + headLength)) as Record<string, unknown>;
  return { message: { head, parts }, end: at };
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
      while (this.#stage === "prefix" && this.#filled === 0) {
        const whole = wholeMessage(chunk, at);
        if (!whole) break;
        at = whole.end;
        this.#onMessage(whole.message);
      }
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
