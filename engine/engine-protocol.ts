import type { HostAccess } from "./host-access.ts";
import type { LogLine, NetworkPermission, RunError, RunLimits, RunTimes } from "./run-types.ts";
import type { ValueHead } from "./value-parts.ts";

/** Heads of the messages between a client and the engine host (framing: socket-messages.ts). */
export type ClientMessage =
  /** What runs that follow have in common, sent once. Part: the frame. `forget`: the number of one that no run will name. */
  | ({ type: "plan"; plan: number; forget?: number } & RunPlan)
  /** Parts: those of the parameters' value. */
  | { type: "run"; id: number; plan: number; value: ValueHead }
  | { type: "cancel"; id: number };

export interface RunPlan {
  limits: Partial<RunLimits>;
  network: NetworkPermission;
  access?: HostAccess;
  depth: number;
  line?: string;
}

export type HostMessage =
  | { type: "log"; id: number; lines: LogLine[] }
  /** Parts: those of the value. */
  | { type: "done"; id: number; status: "ok"; value: ValueHead; bytes: number; times: RunTimes }
  | { type: "done"; id: number; status: "error"; error: RunError; times: RunTimes }
  /** The host takes no more runs of a client that has read this; it ends when the runs it has are over. */
  | { type: "retiring" };
