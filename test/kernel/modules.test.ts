import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { openTestKernel } from "./talk.ts";

const { run, cwd } = await openTestKernel();
const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(cwd, name)), { recursive: true });
  writeFileSync(join(cwd, name), text);
};

test("a local file that was edited is imported anew, and so is one whose own imports were edited", async () => {
  write("lib/deep.ts", "export const factor: number = 2;");
  write("area.ts", 'import { factor } from "./lib/deep.ts";\nexport const area = (w: number): number => w * factor;');
  const cell = 'import { area } from "./area.ts"; area(10)';
  assert.equal((await run(cell)).result, "20");
  write("lib/deep.ts", "export const factor: number = 345;");
  assert.equal((await run("area(10)")).result, "20", "until the cell that imports runs again");
  assert.equal((await run(cell)).result, "3450");
  write("area.ts", 'import { factor } from "./lib/deep.ts";\nexport const area = (w: number) => `${w * factor} m²`;');
  assert.equal((await run(cell)).result, "'3450 m²'");
});

test("a file that is not there: the folder that was looked in, and the file that was meant", async () => {
  write("zones.geojson", '{ "type": "FeatureCollection", "features": [] }');
  write("dem.tif", "");
  const said = `in ${cwd}. Did you mean`;
  assert.ok(
    (await run('import zones from "./zone.geojson"')).error.includes(`no file zone.geojson ${said} zones.geojson?`),
  );
  write("zones.ts", "export const n = 1;");
  assert.ok((await run('import { n } from "./zone.ts"')).error.includes(`no file zone.ts ${said} zones.ts?`));
  await run('%%udf lost\nimport z from "./zone.geojson"\nfunction lost() { return z; }');
  assert.match((await run("await lost()")).error, /imported as .*zone\.geojson\. Did you mean zones\.geojson\?/);
  assert.ok((await run('await fused.readRaster("dems.tif")')).error.includes(`no file dems.tif ${said} dem.tif?`));
});

test("a file that has not changed keeps its state", async () => {
  write("counter.ts", "let n = 0; export const next = () => ++n;");
  await run('import { next } from "./counter.ts"; next()');
  assert.equal((await run('import { next } from "./counter.ts"; next()')).result, "2");
});

test("modules that import one another are reloaded together", async () => {
  write(
    "even.ts",
    'import { odd } from "./odd.ts"; export const even = (n: number): boolean => n === 0 || odd(n - 1);',
  );
  write(
    "odd.ts",
    'import { even } from "./even.ts"; export const odd = (n: number): boolean => n !== 0 && even(n - 1); export const v = 1;',
  );
  const cell = 'import { even } from "./even.ts"; import { v } from "./odd.ts"; [even(10), v]';
  assert.equal((await run(cell)).result, "[ true, 1 ]");
  write(
    "odd.ts",
    'import { even } from "./even.ts"; export const odd = (n: number): boolean => n !== 0 && even(n - 1); export const v = 22;',
  );
  assert.equal((await run(cell)).result, "[ true, 22 ]");
});

test("enums, parameter properties, decorators and .tsx in files", async () => {
  write(
    "kinds.mts",
    "export enum Kind { Park, Lake }\nexport class Place { constructor(readonly name: string, public kind = Kind.Lake) {} }",
  );
  assert.equal((await run('import { Kind, Place } from "./kinds.mts"; Kind[new Place("x").kind]')).result, "'Lake'");
});

test("errors in files show the file's own lines, before and after an edit", async () => {
  write(
    "fails.ts",
    "enum Level { Low }\ninterface Options {\n  a: number;\n}\nexport function fail(o: Options): void {\n  throw new Error(`bad ${o.a}`);\n}\n",
  );
  const cell = 'import { fail } from "./fails.ts";\nfail({ a: 1 })';
  const first = await run(cell);
  assert.match(first.error, /Error: bad 1\n.*fails\.ts:6:9/);
  assert.match(first.error, /cell\[\d+\]:2:1/);
  write(
    "fails.ts",
    "enum Level { Low }\n\n\nexport function fail(o: { a: number }): void {\n  throw new Error(`worse ${o.a}`);\n}\n",
  );
  assert.match((await run(cell)).error, /Error: worse 1\n.*fails\.ts:5:9/);
});

test("a file that does not parse says where, and imports once it is mended", async () => {
  write("broken.ts", "export const a = 1;\nexport const b = ;\n");
  write("uses.ts", 'export * from "./broken.ts";');
  const cell = 'import { b } from "./uses.ts"; b';
  assert.match((await run(cell)).error, /SyntaxError: .*\n.*broken\.ts:2:18\n\n[^]*> 2 \| export const b = ;/);
  write("broken.ts", "export const a = 1;\nexport const b = 2;\n");
  assert.equal((await run(cell)).result, "2");
  write("absent.ts", 'import { x } from "./to-come.ts"; export const y = x;');
  assert.match((await run('import { y } from "./absent.ts"; y')).error, /to-come/);
  write("to-come.ts", "export const x = 'came';");
  assert.equal((await run('import { y } from "./absent.ts"; y')).result, "'came'");
});

test("require of TypeScript, anew after an edit", async () => {
  write("tool.ts", "export enum Unit { Metre } export const value: number = 1;");
  assert.equal((await run('require("./tool.ts").value')).result, "1");
  write("tool.ts", "export enum Unit { Metre } export const value: number = 22;");
  assert.equal((await run('require("./tool.ts").value')).result, "22");
  write("old.ts", "const n: number = 3; module.exports = { n };");
  assert.equal((await run('require("./old.ts").n')).result, "3");
});

test("a name that a module does not export is a SyntaxError, as in any module; a type may be imported without a word", async () => {
  write("parts.ts", "export interface Box { w: number } export const area = (box: Box): number => box.w;");
  assert.match(
    (await run('import { aera } from "./parts.ts"; aera')).error,
    /SyntaxError: The requested module '\.\/parts\.ts' does not provide an export named 'aera'\. Did you mean area\?/,
  );
  assert.match(
    (await run('import parts from "./parts.ts"; parts')).error,
    /export named 'default'\. It exports area\./,
  );
  assert.equal((await run('import { Box, area } from "./parts.ts"; const box: Box = { w: 3 }; area(box)')).result, "3");
  assert.equal((await run('import { type Box as B, area as a } from "./parts.ts"; a({ w: 4 } as B)')).result, "4");
  assert.equal((await run('import * as all from "./parts.ts"; all.missing')).error, "");
});

test("npm packages with native add-ons", async () => {
  assert.equal((await run('import { createCanvas } from "@napi-rs/canvas"; createCanvas(2, 2).width')).result, "2");
});

test("JSX makes React elements, shown as HTML where react-dom is installed, else as text with a hint", async () => {
  const installed = (name: string) => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  mkdirSync(join(cwd, "node_modules"), { recursive: true });
  symlinkSync(installed("react"), join(cwd, "node_modules", "react"));
  const cell = 'const name = "Ada";\n<p className="x">Hello {name}</p>';
  assert.equal(
    (await run(cell)).result,
    '<p className="x">Hello Ada</p>\n\n%npm install react-dom shows elements as HTML.',
  );
  symlinkSync(installed("react-dom"), join(cwd, "node_modules", "react-dom"));
  const html = async (code: string): Promise<unknown> => {
    const { messages, error } = await run(code);
    assert.equal(error, "");
    const result = messages.find(({ header }) => header.msg_type === "execute_result")!;
    return (result.content.data as Record<string, string>)["text/html"];
  };
  assert.equal(await html(cell), '<p class="x">Hello Ada</p>');
  const component = `import { useState, type ReactNode } from "react";
function Row({ label, children }: { label: string; children?: ReactNode }) {
  const [count] = useState<number>(3);
  return <li style={{ marginTop: 2 }} title={label}>{children} × {count}</li>;
}`;
  assert.equal(
    await html(`${component}\n<ul>{["a<b", "c"].map((each) => <Row key={each} label={each}>{each}</Row>)}</ul>`),
    '<ul><li style="margin-top:2px" title="a&lt;b">a&lt;b × 3</li><li style="margin-top:2px" title="c">c × 3</li></ul>',
  );
  assert.equal(await html("<><b>1</b><i>2</i></>"), "<b>1</b><i>2</i>");
  assert.match((await run("const Broken = () => { throw new Error('no render') };\n<Broken />")).error, /no render/);
  write("view.tsx", "export const Title = ({ text }: { text: string }) => <h1>{text}</h1>;");
  assert.match((await run('import { Title } from "./view.tsx"; Title({ text: "Hi" }).type')).result ?? "", /'h1'/);
});
