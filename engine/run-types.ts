import type { HostAccess } from "./host-access.ts";
import type { EncodedValue } from "./values/encoded-value.ts";

/** The request and the outcome of one run of one UDF, as they cross the local socket. */

export interface RunRequest {
  /** An encoded `UdfFrame` (see frame.ts). */
  frame: Uint8Array;
  /** Parameter values by name, already coerced; structured-cloneable, Arrow tables allowed anywhere (see values.ts). */
  parameters: Record<string, unknown>;
  limits?: Partial<RunLimits>;
  network?: NetworkPermission;
  /** What of the engine's machine its host functions may work with: files, cache, secrets. Default nothing. */
  access?: HostAccess;
  /** How many runs stand above this one (0 for a run asked for by a cell). */
  depth?: number;
  /** How old a result may be that a service has kept, seconds; 0: none. Absent: as the service has it. */
  cacheMaxAge?: number;
  /** Whose turn it is in the engine's queue: runs of one line wait for one another, lines take turns. Default: one a client. */
  line?: string;
}

export interface RunLimits {
  /** Wall time of the run, milliseconds. 0: none. Default 120 000. */
  timeoutMs: number;
  /** Heap of the isolate, MB. Default 1024. */
  memoryMb: number;
  /** Size of the encoded result, bytes. Default 1 GiB. */
  resultBytes: number;
  /** How deep runs may stand in one another (option maxRecursionFactor). Default 5. */
  recursion: number;
  /** Captured console text, characters; what is over is cut with a note. Default 1 000 000. */
  logCharacters: number;
}

export interface NetworkPermission {
  /** Where given, the only hosts (`name` or `name:port`) that the UDF may reach. Default: all public ones. */
  hosts?: string[];
  /** Hosts (`name` or `name:port`) on loopback or private addresses that the UDF may reach all the same. Default none. */
  allowPrivate?: string[];
  /** False: no network at all. Default true. */
  enabled?: boolean;
}

export interface LogLine {
  stream: "stdout" | "stderr";
  text: string;
}

export interface RunTimes {
  /** Milliseconds in the queue, in making the isolate ready, in the UDF itself, in encoding the result. */
  queue: number;
  prepare: number;
  run: number;
  encode: number;
}

export type RunOutcome =
  /**
   * `encoded`: the value as it travelled, where somebody wants to keep it. It shares memory with `value`, which is undefined
   * where `RunOptions.decodes` said no.
   */
  | {
      status: "ok";
      value: unknown;
      encoded?: EncodedValue;
      logs: LogLine[];
      times: RunTimes;
      bytes: number;
      /** Seconds since it was computed, of a result that a service had kept. */
      age?: number;
    }
  | { status: "error"; error: RunError; logs: LogLine[]; times: RunTimes };

export interface RunError {
  kind:
    | "runtime" // the UDF threw
    | "syntax" // its source does not parse
    | "timeout"
    | "memory"
    | "serialization" // what it returned cannot travel
    | "import" // a module that is not there
    | "frame" // the bytes are not a frame that may be run here
    | "recursion"
    | "cancelled"
    | "lost"; // the host died under it
  /** Class of the thrown error (`TypeError`), or the kind's own. */
  name: string;
  message: string;
  /** The UDF's own frames only, lines as the author counts. */
  stack: string;
  /** Position in the author's source, 1-based, where one is known. */
  line?: number;
  column?: number;
  /** Class name of what came back, for kind `serialization`. */
  valueType?: string;
}

export interface RunOptions {
  signal?: AbortSignal;
  onLog?: (line: LogLine) => void;
  /** Whether a result is decoded; else the outcome has it as it travelled. Default: each is. */
  decodes?: (encoded: EncodedValue) => boolean;
}

/** Something that can run UDFs: the local engine host, the service. */
export interface Engine {
  run(request: RunRequest, options?: RunOptions): Promise<RunOutcome>;
  close(): Promise<void>;
}
