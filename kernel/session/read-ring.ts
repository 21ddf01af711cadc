import { StringDecoder } from "node:string_decoder";
import { deserialize } from "node:v8";
import type { Channel } from "../channel.ts";
import type { FromSession, ToSession } from "./messages.ts";
import { recordKind, type FromMain } from "./records.ts";
import { drainRing, keepReaderAwake, sleepReader } from "./ring.ts";

/** Bytes that may wait for the kernel before the ring is left to fill up, which holds the writing cell back. */
const pendingLimit = 8 << 20;
/** While there is output the ring is read this often, milliseconds, so that its writer need not wake anybody. */
const lookAgain = 4;
/** Text is passed on in pieces of about this size, bytes. */
const pieceBytes = 1 << 20;

export interface RingReader {
  /** Takes everything that is in the ring now, also while the kernel is behind: what is said next must not overtake it. */
  drain(): void;
  /** The writer says that there is something. */
  wake(): void;
  onMessage(listener: (message: FromMain) => void): void;
}

/** Takes what the main thread reports: text goes to the kernel in large pieces, messages to the listener, in order. */
export function readRing(memory: SharedArrayBuffer, kernel: Channel<ToSession, FromSession>): RingReader {
  const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  let listener: (message: FromMain) => void = () => {};
  let text: Buffer[] = [];
  let textBytes = 0;
  let textOf: { name: "stdout" | "stderr"; execution: number } | undefined;
  let parts: Buffer[] = [];
  let heldBack = false;
  let timer: NodeJS.Timeout | undefined;
  let sleeps = 0;

  const flush = () => {
    if (!textOf || text.length === 0) return;
    const whole = text.length === 1 ? text[0]! : Buffer.concat(text, textBytes);
    text = [];
    textBytes = 0;
    kernel.send({ type: "stream", ...textOf, text: decoders[textOf.name].write(whole) });
  };
  const take = (name: "stdout" | "stderr", execution: number, part: Buffer) => {
    if (textOf?.name !== name || textOf.execution !== execution || textBytes > pieceBytes) flush();
    if (textOf?.name !== name || textOf.execution !== execution) textOf = { name, execution };
    text.push(part);
    textBytes += part.length;
  };
  /** @returns whether there was anything */
  const drain = (): boolean => {
    let any = false;
    drainRing(memory, ({ kind, execution, part, first, last }) => {
      any = true;
      if (kind === recordKind.stdout) return take("stdout", execution, part);
      if (kind === recordKind.stderr) return take("stderr", execution, part);
      if (first) parts = [];
      parts.push(part);
      if (!last) return;
      const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      parts = [];
      flush();
      listener(deserialize(body) as FromMain);
    });
    flush();
    if (!heldBack && kernel.pending() > pendingLimit) {
      heldBack = true;
      void kernel.drained().then(() => {
        heldBack = false;
        drain();
      });
    }
    return any;
  };
  const drainUnlessHeldBack = (): boolean => !heldBack && drain();
  const look = (): void => {
    timer = undefined;
    if (!drainUnlessHeldBack() && !heldBack) {
      sleeps = (sleeps % 0x7fffffff) + 1;
      sleepReader(memory, sleeps);
      // Between the look and the sleep something may have come that woke nobody.
      if (!drainUnlessHeldBack()) return;
      keepReaderAwake(memory);
    }
    timer = setTimeout(look, lookAgain);
  };
  // Until it has said once that it sleeps, nobody wakes it.
  timer = setTimeout(look, lookAgain);
  return {
    drain: () => void drain(),
    wake() {
      drainUnlessHeldBack();
      timer ??= setTimeout(look, lookAgain);
    },
    onMessage(next) {
      listener = next;
    },
  };
}
