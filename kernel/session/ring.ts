/**
 * A ring of bytes in shared memory from the session's main thread to its agent. What a busy cell prints or shows reaches
 * the agent without the main thread's event loop, all in one order; a full ring holds the writer back, so that a flood
 * takes no more memory than the ring.
 */
const headerInts = 4;
const writeAt = 0;
const readAt = 1;
/** 0 while the reader looks by itself; else the number of its sleep. */
const asleep = 2;

const ringBytes = 1 << 20;

export function createRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(headerInts * 4 + ringBytes);
}

/** kind (1), flags (1), execution (4), length of the body (4). */
const recordHeader = 10;
const largestPart = 1 << 16;
const firstPart = 1;
const lastPart = 2;

export interface RingWriter {
  /**
   * Appends one record; waits while the ring is full.
   * @param urgent the reader is to see it at once; else it is woken only where it does not look by itself soon
   */
  write(kind: number, execution: number, body: Uint8Array, urgent: boolean): void;
}

export function openRingWriter(memory: SharedArrayBuffer, wake: () => void): RingWriter {
  const ints = new Int32Array(memory, 0, headerInts);
  const bytes = Buffer.from(memory, headerInts * 4, ringBytes);
  const head = Buffer.alloc(recordHeader);

  // Positions run on for ever as unsigned 32-bit numbers; their difference is what the ring holds.
  const put = (from: Uint8Array, position: number): number => {
    const at = position % ringBytes;
    const first = Math.min(from.length, ringBytes - at);
    bytes.set(first === from.length ? from : from.subarray(0, first), at);
    if (first < from.length) bytes.set(from.subarray(first), 0);
    return (position + from.length) >>> 0;
  };
  const waitForRoom = (count: number): number => {
    const position = Atomics.load(ints, writeAt) >>> 0;
    for (;;) {
      const read = Atomics.load(ints, readAt);
      if (ringBytes - ((position - (read >>> 0)) >>> 0) >= count) return position;
      wake();
      Atomics.wait(ints, readAt, read, 100);
    }
  };
  return {
    write(kind, execution, body, urgent) {
      let offset = 0;
      do {
        const part = body.subarray(offset, offset + largestPart);
        head[0] = kind;
        head[1] = offset === 0 ? firstPart : 0;
        offset += part.length;
        if (offset >= body.length) head[1] |= lastPart;
        head.writeUInt32LE(execution, 2);
        head.writeUInt32LE(part.length, 6);
        const position = waitForRoom(recordHeader + part.length);
        Atomics.store(ints, writeAt, put(part, put(head, position)) | 0);
        const sleep = Atomics.load(ints, asleep);
        if (sleep === 0 && !urgent) continue;
        // In this order: an interrupt may end the cell between the two, and then the next to write wakes once more.
        wake();
        Atomics.compareExchange(ints, asleep, sleep, 0);
      } while (offset < body.length);
    },
  };
}

/**
 * Says that the reader will not look again until it is woken. What was written just before may not have woken it.
 * @param sleep a number of its own for each sleep, from 1: who has woken the reader from one does not count for the next
 */
export function sleepReader(memory: SharedArrayBuffer, sleep: number): void {
  Atomics.store(new Int32Array(memory, 0, headerInts), asleep, sleep);
}

/** Says that the reader looks by itself from now on. */
export function keepReaderAwake(memory: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(memory, 0, headerInts), asleep, 0);
}

/**
 * Reads what is in the ring at this moment. A long record comes in parts, marked `first` and `last`; where an interrupt
 * ended its writer in between, the last part never comes.
 */
export function drainRing(
  memory: SharedArrayBuffer,
  take: (record: { kind: number; execution: number; part: Buffer; first: boolean; last: boolean }) => void,
): void {
  const ints = new Int32Array(memory, 0, headerInts);
  const bytes = Buffer.from(memory, headerInts * 4, ringBytes);
  const copy = (position: number, count: number): Buffer => {
    const at = position % ringBytes;
    const out = Buffer.allocUnsafe(count);
    const first = Math.min(count, ringBytes - at);
    bytes.copy(out, 0, at, at + first);
    if (first < count) bytes.copy(out, first, 0, count - first);
    return out;
  };
  let position = Atomics.load(ints, readAt) >>> 0;
  // A writer that never pauses must not keep the reader here.
  const end = Atomics.load(ints, writeAt) >>> 0;
  while (position !== end) {
    const head = copy(position, recordHeader);
    const length = head.readUInt32LE(6);
    const body = copy((position + recordHeader) >>> 0, length);
    position = (position + recordHeader + length) >>> 0;
    Atomics.store(ints, readAt, position | 0);
    Atomics.notify(ints, readAt);
    const flags = head[1]!;
    const first = (flags & firstPart) !== 0;
    const last = (flags & lastPart) !== 0;
    take({ kind: head[0]!, execution: head.readUInt32LE(2), part: body, first, last });
  }
}
