/**
 * What the code inside a notebook's isolate says to the host. Each goes out as copied plain data; the host takes every
 * argument for hostile, since a cell may get hold of these functions.
 */
export interface Outward {
  /** Told without an answer, in order. */
  tell(kind: ToldKind, ...values: unknown[]): void;
  /** Waits for the host's answer. */
  ask(kind: AskedKind, detail: string): unknown;
}

/** `turn`: asks for a call of `control("turn")`, outside of the inspector's dispatch. */
export type ToldKind = "turn" | "text" | "message" | "arm" | "request" | "drop" | "prompt";
export type AskedKind = "random" | "url" | "flow" | "udf" | "pool" | "cpu";

/** A message of the session's, as JSON beside bytes (a packed value). */
export type IsolateMessage =
  /** Shows something: as a cell's value, or as a display. */
  | { type: "show"; execution: number; of: "result" | "display"; shown: Shown; displayId?: string; update?: boolean }
  | { type: "clear"; execution: number; wait: boolean }
  | { type: "finished"; execution: number; error?: ShownProblem }
  | { type: "answer"; execution: number; id: number; shown?: Shown; error?: ShownProblem }
  | { type: "stray"; execution: number; what: string; error: ShownProblem }
  | { type: "evaluated"; execution: number; id: number; values?: PackedHead[]; error?: ShownProblem };

/** How a value shows: its text, an object by mime type that draws itself, or the data that the host draws from. */
export type Shown = { text: string } | { bundle: Record<string, unknown> } | { data: true } | { udf: number };

/** What was thrown, as kernel/session/records.ts has it. */
export interface ShownProblem {
  ename: string;
  evalue: string;
  stack: string;
}

/** One of several values on their way: a handle that the host knows, a function's text, or the next of the packed values. */
export type PackedHead =
  { udf: number } | { pool: number } | { fn: string; name: string } | { data: true } | { text: string };

/** Layout of the memory that is shared with the host, in 32-bit numbers; the text of an answer follows. */
export const shared = { state: 0, length: 1, pressure: 2, bytes: 16 } as const;
