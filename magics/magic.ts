import type { MimeBundle } from "../widgets/mime-bundle.ts";

/** What the notebook session lets a magic do while its cell runs. */
export interface MagicSession {
  /** Writes to the cell's stdout (`print`) or stderr (`warn`); the text ends with its own newline. */
  print(text: string): void;
  warn(text: string): void;
  /** Shows a bundle in the cell's output and returns its display id. */
  display(bundle: MimeBundle, displayId?: string): string;
  /** Shows the bundle in the place of an earlier one. */
  update(displayId: string, bundle: MimeBundle): void;
  /** Evaluates TypeScript as a cell of its own would: top-level names are the notebook's, the value of the last expression returns. */
  evaluate(source: string, firstLine?: number): Promise<unknown>;
  /** Top-level names that cells have declared so far. */
  names(): string[];
  /** Asks the person at the front end for a line. */
  ask(prompt: string): Promise<string>;
  /** A value as text on one line, at most so many characters long. */
  text(value: unknown, longest: number): string;
  /** The notebook's folder, to which its imports are relative. */
  folder: string;
  /** Imports a module as a cell does: relative to the notebook's folder, a local file anew where it has changed. */
  import(specifier: string): Promise<unknown>;
  /** Makes a magic known to this notebook. */
  register(magic: Magic): void;
  /** The cells that this session has run, oldest first, with their numbers. */
  history(): Promise<{ count: number; source: string }[]>;
  /** Kills a process with everything that it has started. */
  endProcess(pid: number): void;
  /** Forgets a name that cells have declared. */
  forget(name: string): void;
  /** Text for a new cell below this one, or in place of it. */
  setNextInput(text: string, replace?: boolean): void;
  /** Help text for the front end's pager. */
  page(bundle: MimeBundle): void;
  /** Aborts when the cell is interrupted. */
  signal: AbortSignal;
  /** How the author names the cell, for positions in errors: `cell[3]`. */
  cellName: string;
}

/** One use of a magic in a cell. */
export interface MagicCall {
  name: string;
  kind: "line" | "cell";
  /** What stands after the magic's name on its line, trimmed. */
  line: string;
  /** The rest of the cell, of a cell magic. */
  body: string;
  /** Line number of the body's first line in the cell, 1-based. */
  bodyFirstLine: number;
  /** Values of the expressions that `expressions` named. */
  values: Record<string, unknown>;
  /** False where the value goes nowhere (`%name …` as a statement): a magic that has shown it need not return it. */
  assigned: boolean;
}

export interface Magic {
  name: string;
  aliases?: string[];
  kinds: ("line" | "cell")[];
  /** One line, for `%lsmagic`. */
  summary: string;
  /** What `--help` prints. */
  usage: string;
  /** TypeScript source of values that the notebook computes before `run`, by name, e.g. `{ values: "[1, 2, 3]" }`. */
  expressions?(line: string): Record<string, string>;
  /**
   * The notebook name that a magic's result is bound to, e.g. the UDF's. Not called when `--help` stands on the line, nor
   * for a line magic whose value is assigned. Default kind: cell.
   */
  declares?(line: string, kind?: "line" | "cell"): string | undefined;
  /** A cell magic whose body is TypeScript of the notebook (`%%time`) rather than text of its own; for completion. */
  bodyIsCode?: boolean;
  /** Words that may stand next on the magic's line, after those before it; for completion. */
  completions?(before: string[]): string[];
  /** Does the work. What it returns is the value of the expression that the magic stands for. */
  run(call: MagicCall, session: MagicSession): unknown;
}

/** A mistake in the use of a magic: shown as one line without a stack. */
export class MagicError extends Error {
  override name = "MagicError";

  constructor(message: string) {
    super(message);
    Object.defineProperty(this, Symbol.for("fused.traceback"), { value: `MagicError: ${message}` });
  }
}
