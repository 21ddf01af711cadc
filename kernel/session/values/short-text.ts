import { inspect } from "node:util";
import { isModest, nameOf } from "./bounded-copy.ts";

/** A value on one line of at most so many characters, told without its getters and proxy traps. */
export function shortText(value: unknown, longest: number): string {
  if (typeof value === "object" && value !== null && !isModest(value)) return `[${nameOf(value)}]`;
  const text = inspect(value, {
    depth: 1,
    maxArrayLength: 10,
    maxStringLength: longest,
    breakLength: Infinity,
    compact: true,
  });
  const line = text.slice(0, longest * 4).replace(/\s+/g, " ");
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
