import { setTimeout as pause } from "node:timers/promises";
import type { Engine, LogLine, RunError, RunOutcome, RunRequest } from "../../engine/run-types.ts";
import { unpackValue } from "../../engine/values.ts";
import { packEncoded, unpackEncoded } from "../../engine/values/packed-value.ts";
import type { ItemEnd } from "./finish-item.ts";

/** Kinds of failure that another attempt may mend. */
const retried = new Set(["runtime", "lost", "timeout"]);
const firstPause = 500;
const longestPause = 30_000;
const longestLine = 2000;

export interface ItemWork {
  engine: Engine;
  request: Omit<RunRequest, "parameters">;
  index: number;
  /** Packed parameters, coerced when the job was taken in. */
  arguments: Uint8Array;
  maxRetry: number;
  onLog(line: LogLine): void;
  onRetry(attempt: number, error: string): void;
  signal: AbortSignal;
}

/** Runs one item until it succeeds, fails for good or `signal` ends it. @throws the signal's reason */
export async function runItem(work: ItemWork): Promise<ItemEnd> {
  const { engine, request, index, signal } = work;
  const parameters = (await unpackValue(unpackEncoded(work.arguments))) as Record<string, unknown>;
  const started = performance.now();
  for (let attempts = 1; ; attempts++) {
    const outcome = await engine.run({ ...request, parameters }, { signal, onLog: work.onLog, decodes: () => false });
    signal.throwIfAborted();
    if (outcome.status === "ok" || attempts > work.maxRetry || !retried.has(outcome.error.kind)) {
      return endOf(index, outcome, attempts, performance.now() - started);
    }
    work.onRetry(attempts, errorLine(outcome.error));
    await pause(Math.min(longestPause, firstPause * 2 ** (attempts - 1)), undefined, { signal }).catch(() =>
      signal.throwIfAborted(),
    );
  }
}

function endOf(index: number, outcome: RunOutcome, attempts: number, ms: number): ItemEnd {
  const facts = { index, attempts, ms };
  if (outcome.status === "error") return { ...facts, error: outcome.error };
  if (!outcome.encoded) throw new TypeError("The outcome has no encoded value.");
  return { ...facts, value: packEncoded(outcome.encoded) };
}

/** An error in a line. */
export function errorLine({ name, message, line }: RunError): string {
  return `${name}: ${message}${line === undefined ? "" : ` (line ${line})`}`.slice(0, longestLine);
}
