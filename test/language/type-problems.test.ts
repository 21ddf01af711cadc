import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import "../../magics/builtin.ts";
import { createLanguage } from "../../kernel/language/language.ts";
import { waitFor } from "../wait-for.ts";

const folder = mkdtempSync(join(tmpdir(), "fused-types-"));
const language = createLanguage(folder, { started: () => {} });
after(() => language.end());

/** Runs cells one after the other, as far as types go, and gives what is told of them. */
async function problemsOf(...cells: string[]): Promise<string[]> {
  const told: string[] = [];
  for (const cell of cells) {
    // It may have been too slow for a test before, and was ended.
    assert.ok(await language.start(), "the language server starts");
    const check = language.add(cell);
    const problems = check && (await check(30_000));
    assert.ok(problems || !check, `the server has checked ${cell}`);
    told.push(...(problems ?? []).map(({ line, column, code }) => `${line}:${column} TS${code}`));
  }
  return told;
}

describe("what ordinary notebooks do is not complained of:", () => {
  const ordinary: Record<string, string[]> = {
    "implicit any, unused names": ["function plus(a, b) { return a + b }\nlet unused = 1", "plus(1, 2)"],
    "a list that is filled later, in another cell": [
      "const rows = []",
      "rows.push({ a: 1 }); rows.push({ b: 'x' })",
      "rows[0].a",
    ],
    "a value that is set later": [
      "let table; let chosen = null",
      "table = [1, 2]; chosen = { id: 5 }",
      "table.length + chosen.id",
    ],
    "a typed value that is set later": [
      "let found: { id: number } | undefined",
      "found = { id: 1 }",
      "found.id.toFixed(1)",
    ],
    "a name assigned from another cell": ["let count = 0", "count += 1; count++"],
    "a redeclared name that uses its old value": ["const data = [3, 1, 2]", "const data = data.filter((x) => x > 1)"],
    "what fetch and JSON give": [
      "const answer = await (await fetch('file:///x')).json()",
      "answer.features.length; const typed: { a: number } = answer",
    ],
    "an empty object with members added": ["const bag = {}", "bag.first = 1; bag['second'] = 2; bag.first + 1"],
    "a function of a later cell": ["const later = () => notYet(1)", "function notYet(n: number) { return n }"],
    "an untyped package, and one that is not installed": [
      "import topo from 'world-atlas/countries-110m.json' with { type: 'json' }",
      "import nothing from 'no-such-package'; nothing.at.all()",
    ],
    "typed packages of the kernel's own": [
      "import { latLngToCell } from 'h3-js'; import * as turf from '@turf/turf'; import { geoPath } from 'd3-geo'",
      "const cell = latLngToCell(37, -122, 5); turf.area(turf.polygon([[[0, 0], [1, 0], [1, 1], [0, 0]]])); geoPath()",
    ],
    "globals of the session": [
      "globalThis.shared = { a: 1 }",
      "shared.a; display(1); clearOutput(); console.log(require('node:os').cpus()); await fused.run",
    ],
    "caught errors": ["try { JSON.parse('{') } catch (error) { console.log(error.message) }"],
    "elements that may be missing": [
      "const counts: Record<string, number> = {}; counts['a'] = (counts['a'] ?? 0) + 1",
      "[1, 2].find((x) => x > 1) + 1; new Map([[1, 'a']]).get(1).length",
    ],
    JSX: [
      'const title = <h1 className="big">Hello</h1>',
      'const Row = ({ name }) => <li>{name}</li>; <ul><Row name="a" /></ul>',
    ],
    "magics and commands": [
      "const listed = !ls -a",
      "listed.length",
      "const tile = %tile 3/1/2",
      "tile.anything.goes",
      "%time rows.length",
      "rows?",
    ],
    "group and sort": [
      "const people = [{ name: 'a', age: 3, tags: ['x'] }, { name: 'b', age: 5, tags: [] }]",
      "const byAge = Object.groupBy(people, (p) => (p.age > 4 ? 'old' : 'young')); people.toSorted((a, b) => a.age - b.age).map((p) => p.name)",
      "const totals = people.reduce((sum, p) => { sum[p.name] = p.age; return sum }, {}); totals.a",
    ],
    Node: [
      "import { readFileSync, writeFileSync } from 'node:fs'; import path from 'node:path'",
      "path.join('a', 'b'); Buffer.from('x').toString('hex'); process.env.HOME; setTimeout(() => {}, 1).unref()",
    ],
    "classes over cells": [
      "class Shape { constructor(public name: string) {} area() { return 0 } }",
      "class Square extends Shape { constructor(public side: number) { super('square') } area() { return this.side ** 2 } }",
      "new Square(2).area().toFixed(1)",
    ],
    UDFs: [
      "%%udf quakes\nasync function quakes(bounds: fused.types.Bounds, n: int = 3) { const { cellToLatLng } = await import('h3-js'); return { n, bounds } }",
      "const one = await quakes({ n: 4 }); one.n; await quakes(1, 2); quakes.map([1, 2]); await quakes({ bounds: '1,2,3,4' })",
      "const twice = fused.udf((a: int) => a * 2); (await twice({ a: 2 })).toFixed(); const pool = fused.submit(twice, [1, 2])",
      '%%udf bare n:int=3 name:string="a"\nreturn name.repeat(n);',
    ],
    "a box is four numbers, and GeoJSON's": [
      "%%udf boxed\nimport * as turf from '@turf/turf'\nfunction boxed(bounds: fused.types.Bounds = [5, 45, 11, 48]) {\n" +
        "  const [west, south] = bounds; const { x, y, z } = bounds.toTile();\n" +
        "  return { area: turf.area(turf.bboxPolygon(bounds)), width: bounds.xmax - bounds.xmin, west, south, x, y, z };\n}",
      "(await boxed({ bounds: [5, 45, 11, 48] })).area.toFixed(1); (await boxed()).x",
      "const box: Bounds = [5, 45, 11, 48]; const high: number = box.ymax",
    ],
    "files beside the notebook": ["import { beside } from './beside.ts'; beside.toFixed(1)"],
  };
  writeFileSync(join(folder, "beside.ts"), "export const beside: number = 42;\n");
  for (const [what, cells] of Object.entries(ordinary))
    test(what, async () => assert.deepEqual(await problemsOf(...cells), []));
});

test("mistakes are told, where they stand", async () => {
  assert.deepEqual(await problemsOf('const bad: number = "str"; bad'), ["1:7 TS2322"]);
  assert.deepEqual(
    await problemsOf("function area(w: number, h: number) { return w * h }", "area(1)", "area(1, 'x')\n"),
    ["1:1 TS2554", "1:9 TS2345"],
  );
  assert.deepEqual(await problemsOf("const point = { x: 1, y: 2 }", "\n\npoint.z"), ["3:7 TS2339"]);
  assert.deepEqual(await problemsOf("'abc'.toUppercase()"), ["1:7 TS2551"]);
  assert.deepEqual(await problemsOf("import { readFileSink } from 'node:fs'"), ["1:10 TS2724"]);
});

test("a name has the type of its latest declaration, and a cell that does not parse changes nothing", async () => {
  await problemsOf("const value = 1");
  assert.deepEqual(await problemsOf("value.toFixed(1)"), []);
  await problemsOf("const value = 'text'", "const value = ;");
  assert.deepEqual(await problemsOf("value.toUpperCase()"), []);
  assert.deepEqual(await problemsOf("value.toFixed(1)"), ["1:7 TS2551"]);
});

test("columns are right beside astral text, and lines below a magic", async () => {
  assert.deepEqual(await problemsOf("const faces = '😀😀'; const worse: number = faces"), ["1:29 TS2322"]);
  assert.deepEqual(await problemsOf("%%time\nlet a1 = 1\nconst b1: string = a1"), ["3:7 TS2322"]);
  assert.deepEqual(
    await problemsOf("%%udf wrong\n// head\nexport default (n: int) => {\n  const s: string = n;\n  return s;\n}"),
    ["4:9 TS2322"],
  );
});

test("names of the notebook do not exist in a UDF, and its parameters are known outside", async () => {
  await problemsOf("const outside = { deep: 1 }", "%%udf inner\nfunction inner(n: int) { return [n] }");
  const { matches } = (await language.complete("%%udf x\nfunction x() {\n  outs\n}", 29, 5000))!;
  assert.ok(!matches.some(({ text }) => text === "outside"));
  const named = (await language.complete("inner({ ", 8, 5000))!;
  assert.deepEqual(
    named.matches.map(({ text }) => text),
    ["n"],
  );
  assert.deepEqual(await problemsOf("(await inner({ n: 1 })).toUpperCase()"), ["1:25 TS2339"]);
});

test("a file that has changed on disk is read again", async () => {
  writeFileSync(join(folder, "other.ts"), "export const other = 1;\n");
  assert.deepEqual(await problemsOf("import { other } from './other.ts'; other.toFixed(1)"), []);
  writeFileSync(join(folder, "other.ts"), "export const other = 'text';\n");
  const found = await waitFor("a problem", async () => {
    const problems = await problemsOf("import { other } from './other.ts'; other.toFixed(1)");
    return problems.length > 0 && problems;
  });
  assert.deepEqual(found, ["1:43 TS2551"]);
});

test("a member that the promise has not, but its value may, asks about await", async () => {
  const check = language.add("async function rows() { return [1] }\nrows().length;");
  const [problem] = (await check!(30_000)) ?? [];
  assert.match(
    problem!.message,
    /^Property 'length' does not exist on type 'Promise<number\[\]>'\. Is await missing before it\?$/,
  );
});
