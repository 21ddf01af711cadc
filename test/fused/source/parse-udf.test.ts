import assert from "node:assert/strict";
import { test } from "node:test";
import { UdfSyntaxError } from "../../../fused/errors.ts";
import { parseInlineUdf, parseModuleUdf } from "../../../fused/source/parse-udf.ts";

const cell = (source: string, name = "quakes", parameterLine = "") =>
  parseModuleUdf(source, { name, parameterLine, firstLine: 2 });

function syntaxErrorOf(define: () => unknown): UdfSyntaxError {
  try {
    define();
  } catch (error) {
    assert.ok(error instanceof UdfSyntaxError, String(error));
    return error;
  }
  assert.fail("no error");
}

test("a function travels alone: expression, arrow, declaration", () => {
  const sources = {
    "async (n: int = 3) => n": "udf",
    "n => n": "udf",
    "function add(n: int) { return n; }": "add",
    "async function* many(n) { yield n; }": "many",
    "function (n) { return n; };": "udf",
    "(n) => n // with a comment": "udf",
  };
  for (const [source, name] of Object.entries(sources)) {
    const udf = parseInlineUdf(source);
    assert.deepEqual([udf.carrier, udf.name, udf.source], ["inline", name, source.replace(/;$/, "")]);
    assert.deepEqual(
      udf.parameters.parameters.map((parameter) => parameter.name),
      ["n"],
    );
  }
  assert.equal(parseInlineUdf("(n) => n", { name: "mine" }).name, "mine");
});

test("a method becomes a function", () => {
  const methods = {
    "add(n) { return n; }": "function add(n) { return n; }",
    "async add(n) { return n; }": "async function add(n) { return n; }",
    "*add(n) { yield n; }": "function* add(n) { yield n; }",
    "async delete(n) { return n; }": "async function(n) { return n; }",
    "['a b'](n) { return n; }": "function(n) { return n; }",
  };
  for (const [source, wanted] of Object.entries(methods)) assert.equal(parseInlineUdf(source).source, wanted);
});

test("what is not one function is refused, saying why", () => {
  assert.match(syntaxErrorOf(() => parseInlineUdf("class A {}")).message, /A UDF is one function/);
  assert.match(syntaxErrorOf(() => parseInlineUdf("get size() { return 1; }")).message, /line 1/);
  assert.match(syntaxErrorOf(() => parseInlineUdf("m() { return super.m(); }")).message, /super/);
  assert.match(syntaxErrorOf(() => parseInlineUdf(Math.max.toString())).message, /no source text/);
});

test("a function's annotations may use types of the cell it stands in", () => {
  const udf = parseInlineUdf("(mode: Mode) => mode", { typesFrom: "type Mode = 'a' | 'b';\nconst u = fused.udf(…" });
  assert.equal(udf.parameters.parameters[0]?.type.kind, "json", "a cell that does not parse gives no types");
  const fine = parseInlineUdf("(mode: Mode) => mode", { typesFrom: "type Mode = 'a' | 'b';" });
  assert.deepEqual(fine.parameters.parameters[0]?.type, { kind: "enum", values: ["a", "b"] });
});

test("a syntax error in a function has the author's line and column", () => {
  const error = syntaxErrorOf(() =>
    parseInlineUdf("\n  async (n) => {\n  return n +;\n}", { name: "u", firstLine: 10 }),
  );
  assert.deepEqual([error.line, error.column], [12, 13]);
  assert.match(error.codeFrame!, /> 12 \|   return n \+;\n +\| {13}\^\n/);
});

test("which function of a cell is the UDF", () => {
  const helper = "const helper = () => 1;";
  const chosen: [source: string, entrypoint: string][] = [
    ["function anything() {}", "anything"],
    ["const anything = async () => {};", "anything"],
    [`${helper} export default (n) => n;`, "default"],
    [`${helper} export default helper;`, "default"],
    [`${helper} export { helper as default }; function quakes() {}`, "default"],
    [`${helper} function udf() {} function quakes() {}`, "quakes"],
    [`${helper} function udf() {}`, "udf"],
    [`${helper} export function other() {}`, "other"],
    [`${helper} const other = () => {}; export { other };`, "other"],
    [`import { x } from "h3-js"; interface P {} ${helper}`, "helper"],
    ["function f(a: int): void; function f(a) {}", "f"],
  ];
  for (const [source, entrypoint] of chosen) {
    const udf = cell(source);
    assert.deepEqual([udf.entrypoint, udf.name, udf.carrier, udf.source], [entrypoint, "quakes", "file", source]);
  }
  const named = parseModuleUdf(`${helper} export default () => 2;`, { name: "quakes", entrypoint: "helper" });
  assert.equal(named.entrypoint, "helper");
});

test("several functions and no sign which one: an error that names them and says how to choose", () => {
  const error = syntaxErrorOf(() => cell("function load() {}\nfunction draw() {}"));
  assert.match(error.message, /2 functions.*load, draw\. Name it quakes or udf, or write export default/);
  assert.match(syntaxErrorOf(() => cell("export default 5;")).message, /default export must be the UDF/);
  const missing = (): unknown => parseModuleUdf("function load() {}", { name: "q", entrypoint: "lod" });
  assert.match(syntaxErrorOf(missing).message, /no function lod at top level. Did you mean load\?/);
});

test("statements with a return are a body, whose lines keep their numbers", () => {
  const body = "const twice = n * 2;\nfunction helper() { return 1; }\nreturn twice + helper();";
  const udf = cell(body, "hello", "n:int=3 name:string");
  assert.equal(udf.entrypoint, "default");
  assert.equal(udf.source, `export default async function hello(n:int=3, name:string) {\n${body}\n}\n`);
  assert.equal(udf.firstLine, 1, "the head stands on the magic's line, the body from line 2 on");
  assert.deepEqual(
    udf.parameters.parameters.map(({ name, type }) => `${name}:${type.kind}`),
    ["n:int", "name:string"],
  );
});

test("imports at the top of a body are hoisted, and its lines keep their numbers", () => {
  const udf = cell(
    '// cells\nimport * as h3 from "h3-js";\nconst n2 = n;\nreturn h3.latLngToCell(n2, n, 3);',
    "h",
    "n:float",
  );
  const lines = udf.source.split("\n");
  assert.deepEqual([udf.firstLine, lines[3]], [2, "return h3.latLngToCell(n2, n, 3);"]);
  assert.equal(lines[1], 'import * as h3 from "h3-js"; export default async function h(n:float) {');
  assert.deepEqual(udf.freeVariables, []);
  assert.match(
    syntaxErrorOf(() => cell('const a = 1;\nimport "b";\nreturn a;')).message,
    /line 3.*Imports go to the top/,
  );
  assert.match(syntaxErrorOf(() => cell("export const a = 1;\nreturn a;")).message, /line 2.*cannot export/);
});

test("parameters on the magic's line may be parted by blanks or commas, and hold quotes and brackets", () => {
  const lines = [
    "n:int=3 name:string",
    "n: int = 3, name: string",
    'n:int=3 name:string="a, b"',
    "n:int=3, name:'a b'|'c'",
  ];
  for (const line of lines) {
    const { parameters } = cell("return n;", "hello", line).parameters;
    assert.deepEqual(
      parameters.map(({ name }) => name),
      ["n", "name"],
      line,
    );
  }
  const object = cell("return bounds;", "hello", "bounds:[number, number] opts={a: 1, b: 2}").parameters.parameters;
  assert.deepEqual(
    object.map(({ name }) => name),
    ["bounds", "opts"],
  );
  assert.match(syntaxErrorOf(() => cell("return n;", "hello", "n:int=")).message, /cannot be read: n:int=/);
});

test("parameters in two places are an error", () => {
  const error = syntaxErrorOf(() => cell("function hello(n: int) { return n; }", "hello", "n:int=3"));
  assert.match(error.message, /parameters on the magic's line and is a function, hello/);
});

test("a syntax error in a cell has the author's line, column and text", () => {
  const error = syntaxErrorOf(() => cell("function quakes(n: int) {\n  const x = ;\n  return x;\n}"));
  assert.deepEqual([error.line, error.column], [3, 13]);
  assert.equal(
    error.codeFrame,
    "  2 | function quakes(n: int) {\n> 3 |   const x = ;\n    |             ^\n  4 |   return x;\n  5 | }",
  );
  const body = syntaxErrorOf(() => cell("const a = 1;\nconst a = 2;\nreturn b b;", "hello", "n:int"));
  assert.equal(body.line, 4);
  assert.match(
    syntaxErrorOf(() => cell("const a = 1;\nlet a = 2;\nreturn a;")).message,
    /`a` has already been declared/,
  );
  assert.match(syntaxErrorOf(() => cell(" \n")).message, /there is no code/);
});

test("F006 names that will not exist on the worker are told in one warning; a clean UDF has none", () => {
  const udf = cell("const out = df.length + other;\nreturn out + n;", "hello", "n:int");
  assert.deepEqual(udf.freeVariables, ["df", "other"]);
  assert.deepEqual(udf.warnings, [
    "hello: df, other are defined outside the UDF and will not exist on the worker: pass them as parameters or define them inside.",
  ]);
  assert.deepEqual(cell("export default async (n: int) => n;").warnings, []);
  assert.deepEqual(parseInlineUdf("(n: int) => n + df").freeVariables, ["df"]);
});

test("F006 a name that is a package's is told to be imported inside", () => {
  assert.deepEqual(cell("export default (n: int) => turf.area(n) + latLngToCell(n, df, 5);").warnings, [
    "quakes: df is defined outside the UDF and will not exist on the worker: pass it as a parameter or define it inside. " +
      'turf is not imported in the UDF: put import * as turf from "@turf/turf" inside it. ' +
      'latLngToCell is not imported in the UDF: put import { latLngToCell } from "h3-js" inside it.',
  ]);
  assert.deepEqual(parseInlineUdf("async (n: int) => h3.latLngToCell(n, n, 5)", { name: "cells" }).warnings, [
    'cells: h3 is not imported in the UDF: put const h3 = await import("h3-js") inside it.',
  ]);
});

test("a body that ends in a value and returns nothing is warned about", () => {
  assert.match(cell("const a = n;\na * 2", "hello", "n:int").warnings[0]!, /returns nothing: its body has no return/);
  assert.deepEqual(cell("console.log(1); return;", "hello").warnings, []);
});

test("F018 the signature and the comment before the function are kept for help", () => {
  const udf = cell(
    "/**\n * Quakes of a tile.\n *\n * Two lines.\n */\nexport function quakes(bounds: Bounds,\n  n: int = 3) {}",
  );
  assert.equal(udf.signature, "(bounds: Bounds, n: int = 3)");
  assert.equal(udf.description, "Quakes of a tile.\n\nTwo lines.");
});
