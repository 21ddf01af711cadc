import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ambientTypeNames, ambientTypes } from "../../fused/ambient-types.ts";
import { namedType } from "../../fused/source/named-types.ts";
import { parseSource } from "../../fused/source/parse-source.ts";

test("every ambient type is exported by types.ts and known to the parameter schema", () => {
  const source = readFileSync(new URL("../../fused/types.ts", import.meta.url), "utf8");
  for (const name of ambientTypeNames) {
    assert.match(source, new RegExp(`export type (${name}\\b|\\{[^}]*\\b${name}\\b)`));
    assert.notEqual(namedType(name), undefined, name);
    assert.deepEqual(namedType(`fused.types.${name}`), namedType(name));
  }
});

test("the ambient declarations are TypeScript that makes each name global", () => {
  const text = ambientTypes("fused-kernel/types");
  assert.deepEqual(parseSource(text).errors, []);
  assert.match(text, /declare global \{\n {2}type int = import\("fused-kernel\/types"\)\.int;/);
});
