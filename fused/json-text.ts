import { BadValue } from "./bad-value.ts";
import { positionAt } from "./source/code-frame.ts";

const deepest = 500;

/**
 * Parses JSON.
 * @throws BadValue with line and column where it is malformed, or nested more than 500 deep
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { offset, expected } = findFault(text);
    const found = offset >= text.length ? "the text ends" : `there is ${JSON.stringify(text[offset])}`;
    const place = positionAt(text, offset);
    throw new BadValue(
      `JSON (line ${place.line}, column ${place.column}: ${found} where ${expected} must stand)`,
      place,
    );
  }
  if (depthOf(text) > deepest) throw new BadValue(`JSON nested at most ${deepest} deep`);
  return value;
}

function depthOf(text: string): number {
  let [depth, most] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === "[" || token === "{") most = Math.max(most, ++depth);
    else if (token === "]" || token === "}") depth--;
  }
  return most;
}

const blank = /[ \t\n\r]*/y;
const text = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

type Expected = "a value" | "a value or ]" | "a key" | "a key or }" | ":" | "more";

/** The first place where a text stops being JSON (RFC 8259). `JSON.parse` does not always say. */
function findFault(source: string): { offset: number; expected: string } {
  let offset = 0;
  const open: ("]" | "}")[] = [];
  let expected: Expected = "a value";
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = offset;
    const match = pattern.exec(source);
    if (match) offset += match[0].length;
    return match !== null;
  };
  for (;;) {
    take(blank);
    const letter = source[offset];
    const closer = open.at(-1);
    if (expected === "more") {
      if (closer === undefined) return { offset, expected: "the end" };
      if (letter === ",") [offset, expected] = [offset + 1, closer === "}" ? "a key" : "a value"];
      else if (letter === closer) [offset] = [offset + 1, open.pop()];
      else return { offset, expected: `, or ${closer}` };
    } else if (expected === ":") {
      if (letter !== ":") return { offset, expected };
      [offset, expected] = [offset + 1, "a value"];
    } else if (letter === closer && expected.endsWith(` or ${closer}`)) {
      [offset, expected] = [offset + 1, "more"];
      open.pop();
    } else if (expected.startsWith("a key")) {
      if (!take(text)) return { offset, expected: letter === '"' ? "a well-formed string" : expected };
      expected = ":";
    } else if (letter === "[" || letter === "{") {
      open.push(letter === "[" ? "]" : "}");
      [offset, expected] = [offset + 1, letter === "[" ? "a value or ]" : "a key or }"];
    } else if (take(text) || take(scalar)) expected = "more";
    else return { offset, expected: letter === '"' ? "a well-formed string" : expected };
  }
}
