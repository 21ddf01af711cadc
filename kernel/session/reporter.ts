import { AsyncLocalStorage } from "node:async_hooks";
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

/** Takes what work puts out instead of the cell's output. */
export interface OutputSink {
  text(stream: "stdout" | "stderr", text: string): void;
  /** @returns whether it is an output, and taken */
  message(message: FromMain): boolean;
}

const sinks = new AsyncLocalStorage<OutputSink>();

/** Runs work whose outputs, late ones included, go to a sink. */
export const withSink = <T>(sink: OutputSink, work: () => T): T => sinks.run(sink, work);

export function createReporter(memory: SharedArrayBuffer, agent: Worker, scope: CellScope): Reporter {
  const ring = openRingWriter(memory, () => agent.postMessage(null));
  const execution = () => scope.current().execution;
  return {
    execution,
    text(stream, text, of = execution()) {
      const sink = sinks.getStore();
      if (sink) return sink.text(stream, typeof text === "string" ? text : Buffer.from(text).toString());
      const body = typeof text === "string" ? Buffer.from(text) : text;
      if (body.length > 0) ring.write(recordKind[stream], of, body, false);
    },
    message(message) {
      if (sinks.getStore()?.message(message)) return;
      ring.write(recordKind.message, message.execution, serialize(message), true);
    },
  };
}
