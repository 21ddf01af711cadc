import assert from "node:assert/strict";
import { mkdirSync, readdirSync, realpathSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { setModuleFolder } from "../../../fused/imports/module-folder.ts";
import fused from "../../../fused/index.ts";
import { defineUdf } from "../../../fused/udf.ts";
import { ownFolders } from "../cache-folder.ts";

const { root } = ownFolders();
const folder = join(realpathSync(root), "notebook");
setModuleFolder(folder);
fused.options.localEngineCache = false;
after(fused.close);

function write(path: string, text: string | Uint8Array): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}
/** A package in the notebook's node_modules. */
function install(name: string, files: Record<string, string>, manifest: object = {}): void {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", ...manifest }));
  for (const [file, text] of Object.entries(files)) write(`node_modules/${name}/${file}`, text);
}
const cell = (cellSource: string, name = "mine") =>
  defineUdf({ name, cellSource, origin: { name: "cell[1]", firstLine: 1 } }) as unknown as (
    ...values: unknown[]
  ) => Promise<unknown>;
const failure = async (source: string) =>
  cell(source)().then(
    (value) => assert.fail(`gave ${String(value)}`),
    (error: Error) => error.message,
  );

test("a file beside the notebook goes along, with those that it imports; an edit counts at the next run", async () => {
  write("lib/deep.ts", "import { metre } from '../units.ts';\nexport const km: number = 1000 * metre;");
  write("units.ts", "export const metre: number = 1;\nexport default 'units';");
  write("area.ts", "import { km } from './lib/deep.ts';\nexport const length = (n: number): number => n * km;");
  const far = cell(
    "import { length } from './area.ts';\nimport units from './units.ts';\nexport default (n: int) => [length(n), units];",
  );
  assert.deepEqual(await far(2), [2000, "units"]);
  const deep = write("lib/deep.ts", "import { metre } from '../units.ts';\nexport const km: number = 1000.5 * metre;");
  utimesSync(deep, new Date(), new Date(Date.now() + 2000));
  assert.deepEqual(await far(2), [2001, "units"]);
  assert.equal(await cell("export default async (n: int) => (await import('./area.ts')).length(n)")(4), 4002);
});

test("an error in a file has the file's own line", async () => {
  write(
    "fails.ts",
    "interface A { n: number }\n\nexport function fail(a: A): never {\n  throw new RangeError('at ' + a.n);\n}",
  );
  const message = await failure("import { fail } from './fails.ts';\nexport default () => fail({ n: 3 });");
  assert.match(message, /^RangeError: at 3\nin \.\/fails\.ts, line 4:\n/);
  assert.match(
    message,
    /\n> 4 \|   throw new RangeError[^]*\ncalled from UDF mine, line 2:\n[^]*\n> 2 \| export default/,
  );
});

test("GeoJSON, JSON and text beside the notebook are imported as in a cell: the value is the default export", async () => {
  write(
    "places.geojson",
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":"\u2028"},"geometry":null}]}',
  );
  write("list.csv", 'a,b\n1,"2"\n');
  const reads = cell(
    "import places from './places.geojson';\nimport list from './list.csv';\nexport default () => [places.features.length, list];",
  );
  assert.deepEqual(await reads(), [1, 'a,b\n1,"2"\n']);
  write("broken.json", "{");
  assert.match(
    await failure("import x from './broken.json';\nexport default () => x;"),
    /broken\.json cannot be read: .*JSON/,
  );
  assert.match(
    await failure("import x from './data.parquet';\nexport default () => x;"),
    /There is no file|files: \["\."\]/,
  );
  write("data.parquet", "PAR1");
  assert.match(
    await failure("import x from './data.parquet';\nexport default () => x;"),
    /neither code nor JSON nor text.*files: \["\."\]/,
  );
});

test("what is not there, does not parse or goes round in a circle is told when it is imported", async () => {
  assert.match(
    await failure("import x from './absent.ts';\nexport default () => x;"),
    /^There is no file .*absent\.ts/,
  );
  write("wrong.ts", "export const = 3;");
  assert.match(
    await failure("import './wrong.ts';\nexport default () => 1;"),
    /^Unexpected token \(\.\/wrong\.ts:1:14\)/,
  );
  write("one.ts", "import './two.ts';");
  write("two.ts", "import './one.ts';");
  assert.match(
    await failure("import './one.ts';\nexport default () => 1;"),
    /one\.ts → two\.ts → one\.ts: files that import one another/,
  );
  assert.equal(
    await cell("export default async (n: int) => { if (n > 1) await import('./absent.ts'); return n; }")(1),
    1,
  );
});

test("a package of the notebook's node_modules goes along: ES module or CommonJS, with what it needs itself", async () => {
  install(
    "esm-pkg",
    { "index.js": "import { add } from 'cjs-pkg';\nexport const twice = (n) => add(n, n);\nexport default 'esm';" },
    { type: "module", main: "index.js" },
  );
  install("cjs-pkg", { "index.js": "exports.add = (a, b) => a + b;\nexports['name' + 1] = 'dynamic';" });
  install("@scope/pkg", { "sub/part.js": "module.exports = function whole() { return 'called'; };" });
  const uses = cell(
    "import esm, { twice } from 'esm-pkg';\nimport * as cjs from 'cjs-pkg';\nimport part from '@scope/pkg/sub/part.js';\n" +
      "export default (n: int) => [esm, twice(n), cjs.add(n, 1), cjs.name1, part()];",
  );
  assert.deepEqual(await uses(3), ["esm", 6, 4, "dynamic", "called"]);
  assert.equal(await cell("export default async (n: int) => (await import('esm-pkg')).twice(n)")(4), 8);
  write("helper.ts", "import { twice } from 'esm-pkg';\nexport const four = (n: number) => twice(twice(n));");
  assert.equal(await cell("import { four } from './helper.ts';\nexport default (n: int) => four(n);")(2), 8);
});

test("a package of the kernel's own that is not predefined goes along too, and shares the predefined ones", async () => {
  const bins = cell("import { extent } from 'd3-array';\nexport default () => extent([3, 1, 2]);");
  assert.deepEqual(await bins(), [1, 3]);
  install(
    "uses-arrow",
    { "index.js": "import { Table } from 'apache-arrow';\nexport const isTable = (t) => t instanceof Table;" },
    { type: "module", main: "index.js" },
  );
  const shared = cell(
    "import { isTable } from 'uses-arrow';\nimport { tableFromArrays } from 'apache-arrow';\nexport default () => isTable(tableFromArrays({ a: [1] }));",
  );
  assert.equal(await shared(), true);
});

test("a package that needs Node, or has a native add-on, says so when it is imported; one that is not there as well", async () => {
  install("needs-fs", { "index.js": "const fs = require('node:fs');\nmodule.exports = fs.readFileSync;" });
  assert.match(
    await failure("import x from 'needs-fs';\nexport default () => x;"),
    /^The package "needs-fs" cannot travel with a UDF: it needs Node's module "node:fs" \(.*needs-fs\/index\.js:1\)/,
  );
  install("native", { "index.js": "module.exports = require('./build/it.node');", "build/it.node": "\0" });
  assert.match(await failure("import x from 'native';\nexport default () => x;"), /it has a native add-on/);
  install("lacks", { "index.js": "module.exports = require('not-there');" });
  assert.match(
    await failure("import x from 'lacks';\nexport default () => x;"),
    /it imports "not-there" .*not installed/,
  );
  const missing = await failure("import x from 'left-padd';\nexport default () => x;");
  assert.match(missing, /There is no module "left-padd" for UDFs.*%npm install left-padd/);
});

test("what a file exports must be there: a wrong name is a SyntaxError that names the nearest", async () => {
  write("exports.ts", "export const area = 1;\nexport interface Shape { a: number }");
  assert.match(
    await failure("import { aera } from './exports.ts';\nexport default () => aera;"),
    /SyntaxError: The requested module '\.\/exports\.ts' does not provide an export named 'aera'/,
  );
  assert.equal(await cell("import { area, Shape } from './exports.ts';\nexport default (): Shape['a'] => area;")(), 1);
});

test("a UDF that was loaded takes along what lies in its own folder, and no other file of this machine", async () => {
  write("secret.json", '"secret"');
  const source = "import secret from '../secret.json';\nexport const udf = () => secret;\n";
  const inside = write("own/inside.ts", "import { n } from './part.ts';\nexport const udf = () => n;\n");
  write("own/part.ts", "export const n = 7;");
  const plain = { importGlobals: false };
  assert.equal(await (await fused.load(inside, plain))(), 7);
  const outside = await fused.load(write("own/outside.ts", source), plain);
  await assert.rejects(outside(), /leads outside the folder that the UDF was loaded from/);
  symlinkSync(join(folder, "secret.json"), join(folder, "own", "link.json"));
  const linked = await fused.load(write("own/linked.ts", source.replace("../secret", "./link")), plain);
  await assert.rejects(linked(), /leads outside/);
  const text = await fused.load(source.replace("../secret", "./secret"), plain);
  await assert.rejects(text(), /a UDF that came from elsewhere.* takes no files of this machine along\.\nin UDF/);
});

test("a UDF that was given as a text takes no files along, nor does one that is given other options", async () => {
  const source = "import secret from './secret.json';\nexport default () => secret;";
  for (const each of [fused.udf(source, { name: "text" }), fused.udf(fused.udf(source), { name: "again" })]) {
    await assert.rejects(each(), /as a text, .*takes no files of this machine along/);
  }
  const loaded = await fused.load(`${source.replace("default", "const udf =")}\n`, { importGlobals: false });
  await assert.rejects(fused.udf(loaded, { name: "renamed" })(), /takes no files of this machine along/);
});

test("what a UDF takes along is saved with it, and the saved one runs elsewhere", async () => {
  write("part.ts", "export const n = 5;");
  write("own.json", "[1, 2]");
  const mine = defineUdf({
    name: "Mine",
    cellSource: "import { n } from './part.ts';\nimport own from './own.json';\nexport default () => [n, own];",
    origin: { name: "cell[2]", firstLine: 1 },
  });
  const saved = await mine.toDirectory(join(root, "saved"));
  assert.deepEqual(readdirSync(saved).sort(), ["Mine.ts", "README.MD", "meta.json", "own.json.ts", "part.ts"]);
  assert.deepEqual(await (await fused.load(saved, { importGlobals: false }))(), [5, [1, 2]]);
  const zip = await mine.toFile(join(root, "mine.zip"));
  assert.deepEqual(await (await fused.load(zip!, { importGlobals: false }))(), [5, [1, 2]]);
});
