import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestName } from "../../fused/nearest-name.ts";

const magics = ["run_tile", "map", "udf", "html", "markdown", "lsmagic"];

test("a mistyped word finds the name it meant, whatever the letter case", () => {
  const typed = { run_tiel: "run_tile", mpa: "map", UDF: "udf", markdwn: "markdown", lsmagics: "lsmagic" };
  for (const [word, meant] of Object.entries(typed)) assert.equal(nearestName(word, magics), meant);
});

test("a word that is near nothing finds nothing", () => {
  for (const word of ["frobnicate", "", "xyz"]) assert.equal(nearestName(word, magics), undefined);
});
