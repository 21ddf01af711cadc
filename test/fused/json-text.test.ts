import assert from "node:assert/strict";
import { test } from "node:test";
import { BadValue } from "../../fused/bad-value.ts";
import { parseJson } from "../../fused/json-text.ts";

const faults: [text: string, line: number, column: number, expected: RegExp][] = [
  ["", 1, 1, /the text ends where a value/],
  ["[1,]", 1, 4, /"\]" where a value must/],
  ["[1 2]", 1, 4, /where , or \] must/],
  ['{"a" 1}', 1, 6, /where : must/],
  ["{a: 1}", 1, 2, /where a key or }/],
  ['{"a": 1,}', 1, 9, /where a key must/],
  ['{"a": 1', 1, 8, /the text ends where , or }/],
  ["[1\n, 2\n, x]", 3, 3, /"x" where a value/],
  ['["open]', 1, 2, /a well-formed string/],
  ['["\\q"]', 1, 2, /a well-formed string/],
  ["[01]", 1, 3, /where , or \]/],
  ["true false", 1, 6, /where the end/],
  ["[NaN]", 1, 2, /where a value or \]/],
  ["[1}", 1, 3, /where , or \]/],
];

test("malformed JSON is told by line and column, and by what should stand there", () => {
  for (const [text, line, column, expected] of faults) {
    assert.throws(
      () => parseJson(text),
      (error: BadValue) => {
        assert.deepEqual([error.line, error.column], [line, column], text);
        assert.match(error.message, expected, text);
        return true;
      },
    );
  }
});

test("well-formed JSON is parsed", () => {
  for (const value of [null, [], {}, [[{}]], { a: [1, "x\n", true] }, -1.5e10]) {
    assert.deepEqual(parseJson(JSON.stringify(value)), value);
  }
});
