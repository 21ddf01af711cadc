import { AsyncLocalStorage } from "node:async_hooks";
import type { LogLine } from "../engine/run-types.ts";

/** One line that a UDF printed while it runs. */
export interface RunLogLine extends LogLine {
  /** Name of the UDF. */
  udf: string;
  /** Number of the run in this process, from 1. */
  run: number;
  /** True while other runs print too, so that a reader needs to be told whose line this is. */
  interleaved: boolean;
}

/** Takes what UDFs print, as they print it. */
export type LogSink = (line: RunLogLine) => void;

const toStandardStreams: LogSink = ({ stream, text, udf, run, interleaved }) => {
  const out = process[stream];
  const prefix = interleaved ? `[${udf} #${run}] ` : "";
  const line = prefix + (text.endsWith("\n") ? text : `${text}\n`);
  out.write(out.isTTY ? `\u001b[2m${line.slice(0, -1)}\u001b[22m\n` : line);
};

let sink = toStandardStreams;
let started = 0;
const printing = new Set<number>();

/** Sends what UDFs print elsewhere; without an argument, to this process' stdout and stderr again. */
export function setLogSink(logSink: LogSink = toStandardStreams): void {
  sink = logSink;
}

/** Opens the log of one run. Lines go to the sink until `close`. */
export function openRunLog(udf: string): { write(line: LogLine): void; close(): void } {
  const run = ++started;
  printing.add(run);
  return {
    // Lines come in on the engine's socket, which is no part of the cell that asked for the run.
    write: AsyncLocalStorage.bind((line: LogLine) => sink({ ...line, udf, run, interleaved: printing.size > 1 })),
    close: () => printing.delete(run),
  };
}

/** The text of one stream of a run's log, or of both. */
export function logText(lines: LogLine[], stream?: LogLine["stream"]): string {
  return lines
    .filter((line) => stream === undefined || line.stream === stream)
    .map(({ text }) => (text.endsWith("\n") ? text : `${text}\n`))
    .join("");
}
