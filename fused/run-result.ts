import type { LogLine, RunTimes } from "../engine/run-types.ts";

/** The long form of a run: what came of it and how it went, instead of the value alone. */
export interface RunResult {
  /** The value; undefined where the run failed. */
  data: unknown;
  /** Why the run failed. */
  error?: Error;
  logs: LogLine[];
  stdout: string;
  stderr: string;
  /** Wall time of the whole run, seconds. */
  time: number;
  /** Where the engine spent it, milliseconds; absent where the value came from the cache. */
  times?: RunTimes;
  /** Size of the encoded value, bytes. */
  bytes: number;
  cacheHit: boolean;
  requestId: string;
}
