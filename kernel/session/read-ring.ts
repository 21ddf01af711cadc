import { StringDecoder } from "node:string_decoder";
import { deserialize } from "node:v8";
import type { Channel } from "../channel.ts";
import type { FromSession, ToSession } from "./messages.ts";
import { recordKind, type FromMain } from "./records.ts";
import { drainRing } from "./ring.ts";

/** Bytes that may wait for the kernel before the ring is left to fill up, which holds the writing cell back. */
const pendingLimit = 8 << 20;

export interface RingReader {
  /** Takes everything that is in the ring now. */
  drain(): void;
  onMessage(listener: (message: FromMain) => void): void;
}

/** Takes what the main thread reports: text goes to the kernel in large pieces, messages to the listener, in order. */
export function readRing(memory: SharedArrayBuffer, kernel: Channel<ToSession, FromSession>): RingReader {
  const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  let listener: (message: FromMain) => void = () => {};
  let text = "";
  let textOf: { name: "stdout" | "stderr"; execution: number } | undefined;
  let parts: Buffer[] = [];
  let waiting = false;

  const flush = () => {
    if (text && textOf) kernel.send({ type: "stream", ...textOf, text });
    text = "";
  };
  const take = (name: "stdout" | "stderr", execution: number, part: Buffer) => {
    if (textOf?.name !== name || textOf.execution !== execution || text.length > 1 << 20) flush();
    textOf = { name, execution };
    text += decoders[name].write(part);
  };
  const drain = () => {
    if (waiting) return;
    drainRing(memory, ({ kind, execution, part, first, last }) => {
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
    if (kernel.pending() > pendingLimit) {
      waiting = true;
      void kernel.drained().then(() => {
        waiting = false;
        drain();
      });
    }
  };
  return {
    drain,
    onMessage(next) {
      listener = next;
    },
  };
}
