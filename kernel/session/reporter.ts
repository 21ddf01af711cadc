import { serialize } from "node:v8";
import type { Worker } from "node:worker_threads";
import type { CellScope } from "./cell-scope.ts";
import { recordKind, type FromMain } from "./records.ts";
import { openRingWriter } from "./ring.ts";

/** How the main thread gets anything out: text and messages of the running cell, in one order, also while it is busy. */
export interface Reporter {
  text(stream: "stdout" | "stderr", text: string | Uint8Array, execution?: number): void;
  message(message: FromMain): void;
  execution(): number;
}

export function createReporter(memory: SharedArrayBuffer, agent: Worker, scope: CellScope): Reporter {
  const ring = openRingWriter(memory, () => agent.postMessage(null));
  const execution = () => scope.current().execution;
  return {
    execution,
    text(stream, text, of = execution()) {
      const body = typeof text === "string" ? Buffer.from(text) : text;
      if (body.length > 0) ring.write(recordKind[stream], of, body, false);
    },
    message: (message) => ring.write(recordKind.message, message.execution, serialize(message), true),
  };
}
