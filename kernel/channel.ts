import { deserialize, serialize } from "node:v8";
import type { Duplex } from "node:stream";

/**
 * Messages between the kernel and its session over a byte stream: a 4-byte little-endian length, then the message as V8
 * serialises it (structured clone: bigint, dates, typed arrays and cycles included).
 */
export interface Channel<In, Out> {
  send(message: Out): void;
  onMessage(listener: (message: In) => void): void;
  /** Bytes that the other side has not taken yet. */
  pending(): number;
  /** Resolves when there is room again. */
  drained(): Promise<void>;
  close(): void;
}

const largeBody = 1 << 16;

export function openChannel<In, Out>(stream: Duplex): Channel<In, Out> {
  let listener: ((message: In) => void) | undefined;
  let parts: Buffer[] = [];
  let size = 0;
  let need = -1;
  const take = (count: number): Buffer => {
    const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts, size);
    size -= count;
    parts = size > 0 ? [all.subarray(count)] : [];
    return all.subarray(0, count);
  };
  const read = (chunk: Buffer): void => {
    parts.push(chunk);
    size += chunk.length;
    for (;;) {
      if (need < 0) {
        if (size < 4) return;
        need = take(4).readUInt32LE(0);
      }
      if (size < need) return;
      const body = take(need);
      need = -1;
      listener?.(deserialize(body) as In);
    }
  };
  stream.on("error", () => {});
  let gathering = false;
  /** What is sent in one turn goes out in one system call, and wakes the other side once. */
  const gather = (): void => {
    if (gathering) return;
    gathering = true;
    stream.cork();
    process.nextTick(() => {
      gathering = false;
      stream.uncork();
    });
  };
  return {
    send(message) {
      if (stream.destroyed || !stream.writable) return;
      gather();
      const body = serialize(message);
      const head = Buffer.allocUnsafe(4);
      head.writeUInt32LE(body.length, 0);
      // A large body is not worth a copy.
      if (body.length < largeBody) return void stream.write(Buffer.concat([head, body]));
      stream.write(head);
      stream.write(body);
    },
    onMessage(next) {
      // What came before there was anybody to hear it waits in the stream.
      if (!listener) stream.on("data", read);
      listener = next;
    },
    pending: () => stream.writableLength,
    drained: () =>
      stream.writableLength === 0 ? Promise.resolve() : new Promise((ok) => stream.once("drain", () => ok())),
    close: () => stream.destroy(),
  };
}
