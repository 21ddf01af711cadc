import { inspect } from "node:util";

/** A value that does not fit what it is for; whoever knows the parameter's name makes a `UdfParameterError` of it. */
export class BadValue extends Error {
  readonly line?: number;
  readonly column?: number;

  /** @param message what the value must be, as in "must be …" @param place where in its text it goes wrong, from 1 */
  constructor(message: string, place?: { line: number; column: number }) {
    super(message);
    this.line = place?.line;
    this.column = place?.column;
  }
}

/** A value as a message shows it: one line, not longer than about eighty characters. */
export function abbreviate(value: unknown): string {
  const text =
    typeof value === "string"
      ? JSON.stringify(value)
      : inspect(value, { depth: 1, maxArrayLength: 6, maxStringLength: 60, breakLength: Infinity });
  const line = text.replace(/\s*\n\s*/g, " ");
  return line.length > 80 ? `${line.slice(0, 70)}… (${line.length} characters)` : line;
}
