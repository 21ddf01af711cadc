import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatNotebook, parseNotebook, readNotebook, writeNotebook } from "../../cli/notebook.ts";
import { findPython, temporaryFolder } from "./command-line.ts";

const folder = temporaryFolder();
const { python, skip } = findPython("nbformat");

const parse = (value: unknown) => parseNotebook(typeof value === "string" ? value : JSON.stringify(value), "a.ipynb");
const refusal = (value: unknown) => {
  try {
    parse(value);
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("was not refused");
};

test("a notebook that nbformat wrote is written back byte for byte", { skip }, () => {
  const path = join(folder, "python.ipynb");
  const made = spawnSync(python!, ["-c", writeSample, path], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  assert.equal(formatNotebook(readNotebook(path)), readFileSync(path, "utf8"));
});

test("an upgraded notebook with every kind of output is valid nbformat 4.5", { skip }, () => {
  const old = parse({ nbformat: 4, nbformat_minor: 2, metadata: { kept: { "10": 1, "9": 2 } }, cells: everyCell });
  const path = join(folder, "upgraded.ipynb");
  writeNotebook(path, old);
  const check = "import nbformat, sys; nbformat.validate(nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT))";
  const checked = spawnSync(python!, ["-c", check, path], { encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stderr);
  assert.doesNotMatch(checked.stderr, /[Ww]arning/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("ids of upgraded cells are the same every time, and used once", () => {
  const upgrade = () => parse({ nbformat: 4, nbformat_minor: 4, metadata: {}, cells: [...everyCell, ...everyCell] });
  const ids = upgrade().cells.map(({ id }) => id);
  assert.deepEqual(
    upgrade().cells.map(({ id }) => id),
    ids,
  );
  assert.equal(new Set(ids).size, ids.length);
});

test("what is not known is kept, integers beyond 2^53 to the last digit", () => {
  const text = `{"cells":[],"metadata":{"h3":613196570331971583,"mine":{"a":[1,{"b":null}]}},"nbformat":4,"nbformat_minor":5}`;
  const written = formatNotebook(parse(text));
  assert.match(written, /"h3": 613196570331971583,/);
  assert.deepEqual(JSON.parse(written).metadata.mine, { a: [1, { b: null }] });
});

test("broken JSON is refused with line and column", () => {
  assert.match(
    refusal('{\n "cells": [\n  {"x": 1,}\n]}'),
    /a\.ipynb is not valid JSON: line 3, column 11: unexpected "}"/,
  );
  assert.match(refusal('{"cells": ['), /line 1, column 12: unexpected the end of the file/);
  assert.match(refusal('{"cells": tru}'), /line 1, column 11: unexpected "tru}"/);
  assert.match(refusal(""), /is empty/);
  assert.match(refusal('{\n<<<<<<< HEAD\n"a": 1\n=======\n'), /merge conflicts/);
});

test("JSON that is not a notebook is refused with the place and what must stand there", () => {
  assert.match(refusal("[1]"), /a notebook is a JSON object, this is a list/);
  assert.match(refusal({ a: 1 }), /no "nbformat"/);
  assert.match(refusal({ nbformat: 3, worksheets: [] }), /notebook format 3.*nbconvert/);
  assert.match(refusal({ nbformat: 5 }), /notebook format 5\.0 is not known/);
  assert.match(refusal({ nbformat: 4 }), /no "cells"/);
  const withCell = (cell: unknown) =>
    refusal({ nbformat: 4, metadata: {}, cells: [{ cell_type: "code", source: "" }, cell] });
  assert.match(withCell(1), /cells\[1\]: must be an object, is a number/);
  assert.match(withCell({ cell_type: "cod" }), /cells\[1\]\.cell_type: must be .* is "cod"/);
  assert.match(
    withCell({ cell_type: "code", source: 5 }),
    /cells\[1\]\.source: must be text or a list of lines, is a number/,
  );
  assert.match(
    withCell({ cell_type: "code", source: "", outputs: [{ output_type: "table" }] }),
    /cells\[1\]\.outputs\[0\]\.output_type/,
  );
});

test("a notebook that cannot be written leaves nothing behind", () => {
  writeFileSync(join(folder, "file"), "");
  assert.throws(
    () => writeNotebook(join(folder, "file", "x.ipynb"), parse({ nbformat: 4, cells: [] })),
    /cannot write/,
  );
  assert.ok(!existsSync(join(folder, "file", "x.ipynb")));
});

const everyCell = [
  { cell_type: "markdown", metadata: {}, source: ["# A\n", "b"], attachments: { "a.png": { "image/png": "AAAA" } } },
  { cell_type: "raw", metadata: { format: "text/html" }, source: "<b>" },
  {
    cell_type: "code",
    metadata: { tags: ["x"], collapsed: true },
    source: "1\n2",
    execution_count: 3,
    outputs: [
      { output_type: "stream", name: "stdout", text: ["a\n", "b"] },
      { output_type: "display_data", data: { "text/plain": ["x"], "application/json": [1, 2] }, metadata: {} },
      { output_type: "execute_result", data: { "image/svg+xml": "<svg>\n</svg>" }, metadata: {}, execution_count: 3 },
      { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
    ],
  },
];

const writeSample = `
import sys
from nbformat.v4.nbbase import *
import nbformat
cell = new_code_cell("x = 1\\n\\u2028y = 'é🌍'\\r\\n", metadata={"tags": ["b", "a"], "Z": 1, "a": {}, "é": []}, outputs=[
  new_output("stream", name="stderr", text="one\\ntwo"),
  new_output("display_data", data={"text/html": "<b>\\n</b>", "image/png": "AA\\nBB", "application/vnd.x+json": {"10": [1.5, -2, 1e-7], "9": True}}),
])
nbformat.write(new_notebook(cells=[new_markdown_cell("# T\\n\\ntext"), cell, new_raw_cell("")], metadata={"b": None, "a": "\\t\\x7f"}), sys.argv[1])
`;
