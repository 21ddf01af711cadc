import type { RunRequest } from "../engine/run-types.ts";
import type { UdfFrame } from "../engine/udf-frame.ts";

/** A UDF as a display keeps it: what its runs need, whatever becomes of the notebook's variable. */
export interface UdfSource {
  frame: UdfFrame;
  /** The frame's bytes, the limits and the permissions of its runs. */
  request: Omit<RunRequest, "parameters">;
  /** Oldest kept result that is good instead of a run, seconds; 0: none. */
  cacheAge: number;
  /** Parameter values under those of each run. */
  defaults: Record<string, unknown>;
}
