import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNotebook } from "../../cli/notebook.ts";
import { injectParameters, parseParameter } from "../../cli/parameters.ts";

const value = (text: string) => parseParameter(`x=${text}`)[1];

test("-p reads values as papermill does: words, numbers, text", () => {
  assert.equal(value("true"), true);
  assert.equal(value("False"), false);
  assert.equal(value("null"), null);
  assert.equal(value("None"), null);
  assert.equal(value("42"), 42);
  assert.equal(value("-0.5e3"), -500);
  assert.equal(value("inf"), Infinity);
  assert.equal(value("nan"), NaN);
  assert.equal(value("two words"), "two words");
  assert.equal(value(""), "");
  assert.equal(value("a=b"), "a=b");
});

test("-p reads lists, objects and quoted text as JSON, and integers beyond 2^53 as bigint", () => {
  assert.deepEqual(value("[1, 2]"), [1, 2]);
  assert.deepEqual(value('{"a": {"b": null}}'), { a: { b: null } });
  assert.equal(value('"42"'), "42");
  assert.equal(value("[not json"), "[not json");
  assert.equal(value("613196570331971583"), 613196570331971583n);
  assert.equal(parseParameter("x=42", true)[1], "42", "raw");
});

test("-p without = or with a name that cannot be one is refused", () => {
  assert.throws(() => parseParameter("year"), /no "=" in it; write it as name=value/);
  assert.throws(() => parseParameter("2x=1"), /"2x" cannot be a variable's name/);
});

test("the values stand in a cell of their own behind the one tagged parameters, declared as there", async () => {
  const notebook = sample([
    "import x from 'y'",
    { tags: ["parameters"], source: "const year: number = 2020, a = 1;\nlet b;" },
    "year",
  ]);
  const values = new Map([parseParameter("year=2024"), parseParameter("b=[1]"), parseParameter("bb=x")]);
  const notes = await injectParameters(notebook, values, "typescript");
  assert.equal(notebook.cells[2]!.source, '// Parameters\nconst year: number = 2024;\nlet b = [1];\nlet bb = "x";');
  assert.deepEqual(notebook.cells[2]!.metadata.tags, ["injected-parameters"]);
  assert.deepEqual(notes, ['parameter "bb" is not declared in the cell tagged "parameters" (declared: year, a, b)']);

  await injectParameters(notebook, new Map([parseParameter("year=1")]), "typescript");
  assert.equal(notebook.cells.length, 4, "a second run replaces the cell of the first");
  assert.equal(notebook.cells[2]!.source, "// Parameters\nconst year: number = 1;");
});

test("without a cell tagged parameters the values stand at the top, with a note", async () => {
  const notebook = sample(["1"]);
  const notes = await injectParameters(notebook, new Map([parseParameter("id=613196570331971583")]), "typescript");
  assert.equal(notebook.cells[0]!.source, "// Parameters\nlet id = 613196570331971583n;");
  assert.match(notes.join(), /put at the top/);
});

test("for a Python kernel the values are Python's; other languages are refused", async () => {
  const notebook = sample([{ tags: ["parameters"], source: "a: int = 1\nb = 2" }]);
  const values = new Map([parseParameter('a={"k": [true, null]}'), parseParameter("b=nan")]);
  assert.deepEqual(await injectParameters(notebook, values, "python"), []);
  assert.equal(notebook.cells[1]!.source, '# Parameters\na = {"k": [True, None]}\nb = float("nan")');
  await assert.rejects(injectParameters(notebook, values, "julia"), /cannot be written in "julia"/);
});

function sample(cells: (string | { tags: string[]; source: string })[]) {
  const whole = cells.map((cell) => (typeof cell === "string" ? { source: cell, tags: [] } : cell));
  const list = whole.map(({ source, tags }) => ({ cell_type: "code", source, metadata: { tags } }));
  return parseNotebook(JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: list }), "a.ipynb");
}
