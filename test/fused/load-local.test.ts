import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { strToU8, zipSync } from "fflate";
import { AuthError, UdfLoadError, UdfParameterError, UdfRuntimeError, UdfSyntaxError } from "../../fused/errors.ts";
import type { LoadOptions } from "../../fused/load/load.ts";
import { load } from "../../fused/load/load.ts";
import { options, reloadOptions } from "../../fused/options.ts";
import { closeEngine } from "../../fused/run-engine.ts";
import { setLogSink } from "../../fused/run-logs.ts";
import { run } from "../../fused/run.ts";
import { writeFixtures } from "../fixtures/fixture-files.ts";

const folder = await mkdtemp(join(tmpdir(), "load-local-"));
const at = (path: string) => join(folder, path);
const warnings: string[] = [];
let printed: string[] = [];
const { warn } = console;

before(async () => {
  process.env["FUSED_SETTINGS_FILE"] = "/nonexistent/settings.toml";
  reloadOptions();
  setLogSink(({ text }) => void printed.push(text));
  options.cacheDirectory = at("cache");
  console.warn = (text: string) => void warnings.push(text);
  await writeFixtures(folder);
});

beforeEach(() => {
  options.neverImport = false;
  warnings.length = 0;
  printed = [];
});

after(async () => {
  console.warn = warn;
  await closeEngine();
  await rm(folder, { recursive: true });
});

const plain: LoadOptions = { importGlobals: false };
const failure = (source: string, more: LoadOptions = plain) =>
  load(source, more).then(
    () => assert.fail(`${source} loaded`),
    (error: Error) => error,
  );

test("F043 F052 a folder loads whole: code, parameters, metadata, README; it is called and mapped", async () => {
  const rows = await load(at("public/Rows_TS/"), plain);
  assert.equal(rows.name, "Rows_TS");
  assert.equal(rows.entrypoint, "udf");
  assert.equal(rows.meta["udfType"], "auto");
  assert.equal(rows.meta["description"], "Rows of lengths.");
  assert.match(rows.readme!, /# Rows TS/);
  assert.deepEqual(rows.parameters, { count: 3, unit: "m" });
  assert.deepEqual(await rows({ count: "2" }), [
    { i: 0, length: 0, unit: "m" },
    { i: 1, length: 1000, unit: "m" },
  ]);
  assert.deepEqual(((await rows.map([0, 1]).collect({ flatten: false })) as unknown[]).length, 2);
  assert.equal((await load(at("public/Rows_TS"), plain)).code, rows.code, "a trailing slash makes no difference");
  assert.equal((await load(at("public/Rows_TS/meta.json"), plain)).name, "Rows_TS");
  assert.equal(
    ((await run(at("public/Rows_TS"), { count: 4 })) as unknown[]).length,
    4,
    "fused.run loads what it is given",
  );
  assert.equal(await load(rows), rows, "a Udf is itself");
});

test("F044 a code file by itself: TypeScript and Python", async () => {
  const rows = await load(at("public/Rows_TS/Rows_TS.ts"), plain);
  assert.deepEqual([rows.name, rows.language, rows.meta["description"]], ["Rows_TS", "typescript", "Rows of lengths."]);
  assert.equal(((await rows()) as unknown[]).length, 3);
  const python = await load(at("public/Crop_Tiles_Example/Crop_Tiles_Example.py"), plain);
  assert.deepEqual([python.name, python.language, python.entrypoint], ["Crop_Tiles_Example", "python", "udf"]);
});

test("F003 a header module of the folder is importable in the body, and its names are in udf.utils", async () => {
  const area = await load(at("public/Scaled_TS"));
  assert.deepEqual(await area({ bounds: [1, 2, 3, 4] }), { value: 20, unit: "degrees" });
  assert.equal(area.cacheMaxAge, "10m");
  assert.equal(area.utils["UNIT"], "degrees");
  assert.equal(await (area.utils["scaled"] as (n: number) => Promise<number>)(3), 30);
});

test("F047 code loads from a string with a newline, in either language; comments may begin it", async () => {
  const doubled = await load("// a comment\nexport const udf = (n: number = 2) => n * 2;\n", plain);
  assert.deepEqual([doubled.name, await doubled(4)], ["udf", 8]);
  const python = await load("@fused.udf\ndef trips(year: int = 2020):\n    return year\n");
  assert.deepEqual([python.name, python.language, python.parameters], ["trips", "python", { year: 2020 }]);
  assert.match((await failure("const a = 1;\nconst b = 2;\n")).message, /The code: .*no function/);
});

test("F045 F046 F047 what only the service has needs a connection to it: tokens, ids, accounts, names", async () => {
  for (const source of ["fsh_5Xb2c9", "fc_team", "123e4567-e89b-12d3-a456-426614174000", "ana@example.org/Trips"]) {
    const error = await failure(source);
    assert.ok(error instanceof AuthError, source);
    assert.match(error.message, /only the Fused service has/);
  }
  for (const source of ["Trips", "team/Trips"]) {
    const error = await failure(source);
    assert.ok(error instanceof UdfLoadError, source);
    assert.match(error.message, /does not exist[^]*in the Fused service/);
  }
  assert.match((await failure("")).message, /The source is empty\. A UDF is loaded from one of these:\n- no address/);
  await assert.rejects(
    load(3 as never),
    /TypeError: fused\.load takes a path, an address, code or a UDF; what came is number/,
  );
  await assert.rejects(load("a", { cacheKeys: 1 } as never), /no option cacheKeys\. Did you mean cacheKey\?/);
});

test("F048 a source is read once; another cacheKey reads it again", async () => {
  const path = at("changing.ts");
  await writeFile(path, "export const udf = () => 'old';\n");
  assert.match((await load(path)).code, /old/);
  await writeFile(path, "export const udf = () => 'new';\n");
  assert.match((await load(path)).code, /old/);
  assert.match((await load(path, { cache_key: 1 } as LoadOptions)).code, /new/);
  assert.match((await load(path, { cacheKey: 1 })).code, /new/);
});

test("F049 names of the module are attributes: values from the engine, functions that run there", async () => {
  type Names = { UNITS: string[]; factor: number; metres(n: number): Promise<number> };
  const rows = await load<Names>(at("public/Rows_TS"));
  assert.deepEqual(rows.UNITS, ["m", "km"]);
  assert.equal(rows.factor, 1000, "not exported names, too");
  assert.equal(await rows.metres(2.5), 2500);
  assert.equal(
    await rows
      .with({ timeout: 10 })({ count: 0 })
      .then((each) => (each as unknown[]).length),
    0,
  );
  assert.equal((rows.with({ timeout: 10 }) as typeof rows).factor, 1000);
  const path = at("names.ts");
  const text =
    "export const [a, { b }] = [1, { b: 2 }];\nexport const run = () => 'mine';\nconst later = (o) => o;\nexport const udf = () => 0;\n";
  await writeFile(path, text);
  const named = await load<{ a: number; b: number; later(o: object): Promise<object> }>(path);
  assert.deepEqual([named.a, named.b, await named.later({ x: 1 })], [1, 2, { x: 1 }]);
  assert.equal(await (named.globals["run"] as () => Promise<string>)(), "mine", "udf.run stays the UDF's own");
  assert.equal(await named.run(), 0);
});

test("F049 a module that fails to evaluate, and a value that cannot travel, are warnings", async () => {
  const path = at("failing.ts");
  await writeFile(
    path,
    'import { x } from "not-installed-anywhere";\nexport const y = x;\nexport const f = () => 1;\nexport const udf = () => 2;\n',
  );
  const failing = await load<{ f: unknown }>(path);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /failing is loaded, and evaluating its module .* failed: .*not-installed-anywhere/);
  assert.equal(typeof failing.f, "function");
  const partly = at("partly.ts");
  await writeFile(partly, "export const held = Symbol('x');\nexport const n = 3;\nexport const udf = () => 2;\n");
  warnings.length = 0;
  assert.equal((await load<{ n: number }>(partly)).n, 3);
  assert.match(warnings.join(), /partly\.held stays on the engine/);
});

test("F050 with neverImport, or importGlobals false, no code of the module runs at load", async () => {
  const path = at("printing.ts");
  await writeFile(path, "console.log('evaluated');\nexport const n = 3;\nexport const udf = () => n;\n");
  options.neverImport = true;
  assert.equal((await load<{ n?: number }>(path)).n, undefined);
  options.neverImport = false;
  assert.equal((await load<{ n?: number }>(path, plain)).n, undefined);
  assert.equal(printed.length, 0);
  assert.equal((await load<{ n?: number }>(path)).n, 3);
  assert.deepEqual(
    printed.map((text) => text.trim()),
    ["evaluated"],
  );
});

test("nothing of a loaded UDF is evaluated in this process", async () => {
  const path = at("escaping.ts");
  await writeFile(
    path,
    "globalThis.leaked = typeof process;\nexport const seen = globalThis.leaked;\nexport const udf = () => 1;\n",
  );
  const escaping = await load<{ seen: string }>(path);
  assert.equal(escaping.seen, "undefined");
  assert.equal((globalThis as { leaked?: unknown }).leaked, undefined);
});

test("F053 each fault of a folder has a text of its own", async () => {
  const message = async (path: string, more = plain) => {
    const error = await failure(at(path), more);
    assert.ok(error instanceof UdfLoadError, `${path}: ${String(error)}`);
    return error.message;
  };
  assert.match(await message("nowhere"), /nowhere cannot be loaded: there is no such file or folder/);
  assert.match(await message("loose/Nothing"), /no meta\.json, and no code file to do without.*It has notes\.txt/);
  assert.match(await message("loose/Nothing/notes.txt"), /is no UDF: load a folder, its meta\.json, a code file/);
  assert.match(
    await message("loose/Two_Files"),
    /which of its code files is the UDF: a\.ts, b\.ts.*or call it Two_Files\.ts/,
  );
  assert.match(await message("loose/canvas"), /is a canvas of several UDFs; load one of its folders: one/);
  assert.match(
    await message("broken/No_Source"),
    /No_Source has no file absent\.py, which its meta\.json names as udf\.source/,
  );
  assert.match(await message("broken/New_Version"), /version must be "0\.0\.3"; it is "9\.9\.9"/);
  assert.match(
    await message("broken/Other_Type"),
    /udf\.type must be "geopandas_v2" or "typescript_v1"; it is "sql_v1"/,
  );
  assert.match(await message("broken/Not_Json"), /Not_Json\/meta\.json is not JSON: /);
  assert.match(await message("broken/Two_Steps"), /exactly one step; job_config\.steps has 2/);
  assert.match(await message("broken/Both"), /either source, .* or code, its text; it has both/);
  assert.match(await message("broken/Outside"), /udf\.source is \.\.\/.*outside the UDF's folder/);
});

test("a syntax error is no error of loading: the run shows it with line and column", async () => {
  const broken = await load(at("public/Broken_TS"));
  assert.match(broken.code, /return \(n;/);
  const error = await broken({ n: 2 }).then(
    () => assert.fail("it ran"),
    (thrown: UdfSyntaxError) => thrown,
  );
  assert.ok(error instanceof UdfSyntaxError, String(error));
  assert.deepEqual([error.line, error.column !== undefined], [2, true]);
  await assert.rejects(load("export const udf = (n: string | number) => n;\n"), UdfParameterError);
});

test("several UDFs in a file: the entrypoint is named", async () => {
  const path = at("several/several.py");
  assert.match(
    (await failure(path)).message,
    /has 2 UDFs: first, second\. Say which one: fused\.load\(…, \{ entrypoint: "first" \}\)/,
  );
  const second = await load(path, { entrypoint: "second" });
  assert.deepEqual([second.name, second.schema.parameters[0]!.type], ["second", { kind: "string" }]);
  assert.match((await failure(path, { entrypoint: "secnd" })).message, /no function secnd\. Did you mean second\?/);
  const code = "export function a() { return 'a'; }\nexport function b() { return 'b'; }\n";
  assert.match((await failure(code)).message, /2 functions, and it is not clear which one/);
  assert.equal(await (await load(code, { entrypoint: "b" }))(), "b");
});

test("a Python UDF refuses to run, saying why and what to do; its defaults and options are there", async () => {
  const trips = await load(at("public/Buildings_Example"));
  assert.equal(trips.cacheMaxAge, "30m");
  for (const attempt of [() => trips(), () => trips.map([1]), () => run(trips), () => trips.submit([1])]) {
    await assert.rejects(
      async () => attempt(),
      (error) =>
        error instanceof UdfRuntimeError &&
        /is a Python UDF.*does not run Python yet.*A later version will run them.*write it in TypeScript/.test(
          error.message,
        ),
    );
  }
  assert.match(String(trips), /language: python/);
  assert.deepEqual(
    (await load(at("community/ana/Isochrone"))).parameters["costing"],
    "bicycle",
    "meta.json's parameters are defaults",
  );
});

test("F044 F053 zips: at the root or in one folder; damaged, hostile and oversized ones are refused", async () => {
  const code = strToU8("export const udf = () => 7;\n");
  let count = 0;
  const zipped = async (files: Parameters<typeof zipSync>[0], change?: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(zipSync(files));
    change?.(bytes);
    const path = at(`zip-${++count}.zip`);
    await writeFile(path, bytes);
    return path;
  };
  assert.equal(await (await load(await zipped({ "a.ts": code }), plain))(), 7);
  assert.equal(
    (await load(await zipped({ "Sample/Sample.ts": code, "Sample/README.md": strToU8("hi") }), plain)).readme,
    "hi",
  );
  const refusal = async (path: string) => (await failure(path)).message;
  await writeFile(at("no.zip"), "not a zip");
  assert.match(await refusal(at("no.zip")), /no\.zip is not a zip file: it has no directory at its end/);
  assert.match(await refusal(await zipped({ "../evil.ts": code })), /"\.\.\/evil\.ts" leads outside the folder/);
  assert.match(await refusal(await zipped({ "/etc/evil.ts": code })), /leads outside/);
  assert.match(await refusal(await zipped({ "a\\..\\..\\evil.ts": code })), /leads outside/);
  assert.match(await refusal(await zipped({ "a.ts": code, "A.TS": code })), /two of its entries have the name A\.TS/);
  const link = { os: 3, attrs: 0o120777 << 16 } as const;
  assert.match(await refusal(await zipped({ "a.ts": [code, link] })), /a\.ts is a symbolic link/);
  assert.match(
    await refusal(await zipped({ "a.ts": new Uint8Array(65 * 1024 * 1024) })),
    /unpacked it has \d+ bytes, more than/,
  );
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`${i}.txt`, new Uint8Array()]));
  assert.match(await refusal(await zipped(many)), /1001 entries/);
  const lying = await zipped({ "a.ts": [new Uint8Array(100_000), { level: 9 }] }, (bytes) => {
    const entry = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    bytes.writeUInt32LE(10, entry + 24);
  });
  assert.match(await refusal(lying), /is damaged: a\.ts is not what was packed/);
  const flipped = await zipped({ "a.ts": [code, { level: 0 }] }, (bytes) => void (bytes[40]! ^= 1));
  assert.match(await refusal(flipped), /is damaged/);
  assert.match(await refusal(await zipped({ "readme.txt": code })), /has no meta\.json/);
});
