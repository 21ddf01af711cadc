import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import type { Table } from "apache-arrow";
import type { Engine, RunOutcome } from "../../engine/run-types.ts";
import {
  AuthError,
  FusedError,
  UdfImportError,
  UdfLoadError,
  UdfParameterError,
  UdfRuntimeError,
  UdfSerializationError,
  UdfTimeoutError,
} from "../../fused/errors.ts";
import { setCellHooks } from "../../fused/cell-hooks.ts";
import fused from "../../fused/index.ts";
import { reloadOptions } from "../../fused/options.ts";
import type { Raster } from "../../fused/results-raster.ts";
import { closeEngine, localEngine } from "../../fused/run-engine.ts";
import type { RunLogLine } from "../../fused/run-logs.ts";
import { setLogSink } from "../../fused/run-logs.ts";
import { defineUdf } from "../../fused/udf.ts";
import { waitFor } from "../wait-for.ts";

const { udf, run, options } = fused;
const printed: RunLogLine[] = [];

before(async () => {
  process.env["FUSED_SETTINGS_FILE"] = "/nonexistent/settings.toml";
  process.env["FUSED_LOCAL_ENGINE_CACHE"] = "false";
  process.env["FUSED_CACHE_DIRECTORY"] = mkdtempSync(join(tmpdir(), "fused-test-cache-"));
  reloadOptions();
  setLogSink((line) => printed.push(line));
  await localEngine();
});
after(closeEngine);

const inCell = (name: string, cellSource: string) =>
  defineUdf({ name, cellSource, origin: { name: "cell[1]", firstLine: 2 } });
const boxOf = udf("(bounds: fused.types.Bounds, label: string = 'a') => ({ bounds: [...bounds], label })");
const newYork = [-74.0478515625, 40.713955826286046, -74.00390625, 40.74725696280421];

test("F001 calling a UDF runs it on the engine: by name, by position, with defaults", async () => {
  const greet = udf("async (n: int = 3, name: string = 'a') => name.repeat(n)");
  assert.equal(await greet(), "aaa");
  assert.equal(await greet({ n: "2", name: "b" }), "bb");
  assert.equal(await greet(2, "c"), "cc");
  assert.equal(await greet.with({ engine: "local" })({ n: 1 }), "a");
  await assert.rejects(greet(1, "a", 3), UdfParameterError);
});

test("F005 an import in the body works, the same import around it does not exist where it runs", async () => {
  const inside = udf("async (lat: number, lng: number) => (await import('h3-js')).latLngToCell(lat, lng, 5)");
  assert.match(String(await inside(40.7, -74)), /^85/);
  const { warn } = console;
  const warnings: string[] = [];
  console.warn = (text: string) => void warnings.push(text);
  const { latLngToCell } = await import("h3-js");
  const fn = async (lat = 40.7, lng = -74) => latLngToCell(lat, lng, 5);
  await assert.rejects(run(fn, {}), /^UdfRuntimeError: ReferenceError: latLngToCell is not defined/);
  console.warn = warn;
  assert.match(warnings.join(), /put const \{ latLngToCell \} = await import\("h3-js"\) inside it/);
});

test("F004 names from around the function do not exist where it runs", async () => {
  const offset = 5;
  const fn = async (n = 1) => n + offset;
  const { warn } = console;
  console.warn = () => undefined;
  try {
    await assert.rejects(
      run(fn, {}),
      (error) => error instanceof UdfRuntimeError && /^ReferenceError: offset/.test(error.message),
    );
  } finally {
    console.warn = warn;
  }
});

test("F028 F063 without a place it is one file run", async () => {
  assert.deepEqual(await run(udf("(bounds: fused.types.Bounds = null) => bounds ?? 'file'")), "file");
});

test("F029 F030 F031 a tile by its numbers or by a point in it fills the parameter that takes an area", async () => {
  assert.deepEqual(await run(boxOf, {}, { x: 2411, y: 3079, z: 13 }), { bounds: newYork, label: "a" });
  assert.deepEqual(await run(boxOf, { label: "b" }, { lat: 40.73, lng: -74.02, z: 13 }), {
    bounds: newYork,
    label: "b",
  });
  assert.deepEqual(await run(boxOf, { x: 2411, y: 3079, z: 13, label: "c" }), { bounds: newYork, label: "c" });
  const tile = await run(
    udf("(tile: fused.types.TileXYZ) => [tile.z, tile.x, tile.y]"),
    {},
    { lat: 37.1, lng: -122, z: 13 },
  );
  assert.deepEqual(tile, [13, 1319, 3185]);
});

test("F032 F033 F034 a tile by box, polygon or table", async () => {
  const box = [-77.3, 38.4, -77.2, 38.5];
  const ring = [
    [-77.3, 38.4],
    [-77.2, 38.4],
    [-77.2, 38.5],
    [-77.3, 38.4],
  ];
  const polygon = { type: "Polygon", coordinates: [ring] };
  assert.deepEqual(await run(boxOf, {}, { bounds: box }), { bounds: box, label: "a" });
  assert.deepEqual(await run(boxOf, {}, { bbox: polygon }), { bounds: box, label: "a" });
  const shape = udf("(bbox: fused.types.GeoDataFrame) => bbox.features[0].geometry");
  assert.deepEqual(await run(shape, {}, { bbox: polygon }), polygon);
  const feature = { type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: polygon }] };
  assert.deepEqual(await run(boxOf, { bbox: feature }), { bounds: box, label: "a" });
});

test("F037 places that conflict, are incomplete, do not exist or find no parameter", async () => {
  await assert.rejects(
    run(boxOf, { x: 1, y: 1, z: 2 }, { lat: 1, lng: 1, z: 1 }),
    /the parameters name a tile and so do the options/,
  );
  await assert.rejects(run(boxOf, {}, { x: 1, y: 1 }), UdfParameterError);
  await assert.rejects(run(boxOf, {}, { x: 9, y: 1, z: 3 }), /0 to 7/);
  await assert.rejects(run(udf("(n: int = 1) => n"), {}, { x: 1, y: 1, z: 3 }), /declare bounds/);
  await assert.rejects(run(boxOf, {}, { type: "tile" }), /a tile run needs a tile/);
  await assert.rejects(run(boxOf, {}, { type: "file", x: 1, y: 1, z: 3 }), /contradict/);
  await assert.rejects(run(boxOf), /needs bounds/);
});

test("parameters given to with() are those of every run and of every item, under the call's own", async () => {
  const scaled = udf((n: number, factor: number) => n * factor).with({ parameters: { factor: 10 } });
  assert.equal(await scaled({ n: 4 }), 40);
  assert.equal(await scaled({ n: 4, factor: 2 }), 8);
  assert.deepEqual(await scaled.map([1, 2]).results(), [10, 20]);
});

test("a default place of the UDF gives way to the call's", async () => {
  const placed = boxOf.with({});
  placed.setParameters({ bounds: [0, 0, 1, 1] });
  assert.deepEqual(await placed(), { bounds: [0, 0, 1, 1], label: "a" });
  assert.deepEqual(await placed({ x: 2411, y: 3079, z: 13 }), { bounds: newYork, label: "a" });
});

test("F038 a UDF of a tile type that is given a box runs once a tile, and the results are put together", async () => {
  const world = { bounds: [-180, -85, 180, 85], z: 1 };
  const rows = udf("(tile: fused.types.TileXYZ) => [{ x: tile.x, y: tile.y }]");
  assert.deepEqual(await run(rows, {}, world), [
    { x: 0, y: 0 },
    { x: 0, y: 1 },
    { x: 1, y: 0 },
    { x: 1, y: 1 },
  ]);
  const single = udf("(tile: fused.types.TileXYZ) => tile.x + 10 * tile.y");
  assert.deepEqual(((await run(single, {}, world)) as object[])[3], { x: 1, y: 1, z: 1, result: 11 });
  const raster = udf(
    "(tile: fused.types.TileXYZ) => ({ data: Float32Array.of(tile.x + 10 * tile.y), width: 1, height: 1 })",
  );
  const mosaic = (await run(raster, {}, world)) as Raster;
  assert.deepEqual([mosaic.width, mosaic.height, ...mosaic.data], [2, 2, 0, 1, 10, 11]);
  const failing = udf(
    "(tile: fused.types.TileXYZ) => { if (tile.x) throw new Error('no data at ' + tile.x); return 1; }",
  );
  await assert.rejects(run(failing, {}, world), /^UdfRuntimeError: Error: no data at 1/);
});

test("F064 F072 runLocal and engine local run here", async () => {
  const one = udf("() => 1", { engine: "remote" });
  assert.equal(await one.runLocal(), 1);
  assert.equal(await run(one, {}, { engine: "local" }), 1);
});

test("F071 the service's engines ask for a log-in and say how to run here; unknown engines name the nearest", async () => {
  for (const engine of ["remote", "realtime", "small", "m5.4xlarge"]) {
    await assert.rejects(
      run(udf("() => 1"), {}, { engine }),
      (error) => error instanceof AuthError && /engine: "local"/.test(error.message),
    );
  }
  await assert.rejects(run(udf("() => 1"), {}, { engine: "loacl" }), /Did you mean "local"\?/);
});

test("F066 F067 F068 F069 F070 the four core functions check what they are given, and say that they need the service", async () => {
  process.env["FUSED_CREDENTIALS_FILE"] = "/nowhere/credentials";
  const { core } = fused;
  const place = { x: 2411, y: 3079, z: 13 };
  const formats = { dtypeOutVector: "parquet", dtype_out_raster: "png", clientId: "basic-tier" };
  for (const call of [
    () => core.runTile("ana@example.org", "Trips", { ...place, ...formats }, { year: 2020 }),
    () => core.runTile("ana@example.org/Trips", undefined, place),
    () => core.runFile("ana@example.org", "Trips", formats),
  ]) {
    await assert.rejects(
      call(),
      (error) => error instanceof AuthError && /Nobody is logged in.*%login/.test(error.message),
    );
  }
  await assert.rejects(core.runTile("ana@example.org", "Trips", { x: 1, y: 1 } as never), UdfParameterError);
  await assert.rejects(core.runSharedTile("fsh_5Xb2c9", { x: 9, y: 0, z: 1 }), /a tile that exists/);
  await assert.rejects(core.runSharedFile(""), { name: "TypeError", message: /takes a shared token first/ });
  await assert.rejects(
    core.runFile("ana@example.org", "Trips", { clientIdd: "a" } as object),
    /Did you mean clientId\?/,
  );
});

test("F182 defaultUdfRunEngine decides where runs go that name no engine", async () => {
  options.defaultUdfRunEngine = "remote";
  try {
    await assert.rejects(run(udf("() => 1")), AuthError);
  } finally {
    options.reset("defaultUdfRunEngine");
  }
  options.baseUrl = "https://fused.example.org/server/v1";
  try {
    await assert.rejects(
      run(udf("() => 1")),
      (error) => error instanceof FusedError && /fused\.example\.org/.test(error.message),
    );
  } finally {
    options.reset("baseUrl");
  }
});

test("F074 exactly one UDF", async () => {
  await assert.rejects(run(undefined as never), { name: "TypeError", message: /exactly one UDF.*nothing came/ });
  await assert.rejects(run(3 as never), { name: "TypeError", message: /exactly one UDF/ });
  await assert.rejects(run(boxOf, {}, { token: "abc" } as object), {
    name: "TypeError",
    message: /exactly one UDF.*option token/,
  });
  await assert.rejects(run("someone@example.org/name"), AuthError);
  await assert.rejects(run("./nowhere"), UdfLoadError);
});

test("options are checked: names, spellings, values; parameters are an object", async () => {
  await assert.rejects(run(boxOf, {}, { timeot: 3 } as object), {
    name: "TypeError",
    message: /no option timeot\. Did you mean timeout\?/,
  });
  await assert.rejects(run(boxOf, {}, { timeout: -1 }), {
    name: "TypeError",
    message: /timeout of fused.run is seconds/,
  });
  await assert.rejects(run(boxOf, 3 as never), { name: "TypeError", message: /Parameters are an object/ });
  assert.equal(await run(udf("(n: int) => n"), {}, { parameters: { n: 4 } }), 4);
});

test("F075 an error has the original's name and message first, then line, source and parameters; output is kept", async () => {
  const bad = inCell(
    "quakes",
    'interface Row { a: number }\n\nexport default function quakes(n: int) {\n  console.log("reading", n);\n  console.error("hm");\n  const row: Row | null = null;\n  throw new RangeError("too many: " + n);\n}\n',
  );
  await assert.rejects(bad({ n: 3 }), (error: UdfRuntimeError) => {
    assert.ok(error instanceof UdfRuntimeError);
    const lines = error.message.split("\n");
    assert.equal(lines[0], "RangeError: too many: 3");
    assert.equal(lines[1], "in UDF quakes, line 8:");
    assert.match(error.message, /\n> 8 \|   throw new RangeError/);
    assert.match(error.message, /\n {2}6 \|[^]*\n {2}9 \| \}/);
    assert.match(lines.at(-1)!, /^parameters: \{"n":3\}$/);
    assert.equal(error.line, 8);
    assert.equal(error.udfName, "quakes");
    assert.equal(error.errorName, "RangeError");
    assert.deepEqual(error.parameters, { n: 3 });
    assert.equal(error.stdout, "reading 3\n");
    assert.equal(error.stderr, "hm\n");
    return true;
  });
});

test("F075 the long form gives value, logs and times, and does not reject when the UDF fails", async () => {
  const good = await run.response(udf("(n: int) => { console.log('hi'); return n; }"), { n: 2 });
  assert.equal(good.data, 2);
  assert.equal(good.stdout, "hi\n");
  assert.ok(good.time > 0 && good.times!.run >= 0);
  assert.match(good.requestId, /^[0-9a-f-]{36}$/);
  const bad = await run.response(udf("() => { throw new Error('x'); }"));
  assert.equal(bad.data, undefined);
  assert.match(bad.error!.message, /^Error: x/);
  await assert.rejects(run.response(udf("(n: int) => n"), { n: "one" }), UdfParameterError);
});

test("F076 what a UDF prints is forwarded as it runs, unless verboseUdfRuns or verbose is off", async () => {
  const talk = udf("() => { console.log('a'); console.error('b'); }", { name: "talk" });
  printed.length = 0;
  await talk();
  assert.deepEqual(
    printed.map(({ stream, text, udf: name, interleaved }) => [stream, text.trim(), name, interleaved]),
    [
      ["stdout", "a", "talk", false],
      ["stderr", "b", "talk", false],
    ],
  );
  printed.length = 0;
  await talk.run({}, { verbose: false });
  options.verboseUdfRuns = false;
  await talk();
  options.reset("verboseUdfRuns");
  assert.equal(printed.length, 0);
  await Promise.all([talk(), talk()]);
  assert.ok(printed.some(({ interleaved }) => interleaved));
});

test("a time limit ends the run, and the next one is fine", async () => {
  const loop = udf("() => { for (;;); }", { name: "loop" });
  await assert.rejects(
    loop.with({ timeout: 0.3 })(),
    (error) => error instanceof UdfTimeoutError && error.udfName === "loop",
  );
  assert.equal(await run(udf("() => 1")), 1);
});

test("a signal ends the run", async () => {
  await assert.rejects(run(udf("() => new Promise(() => {})"), {}, { signal: AbortSignal.timeout(100) }), /cancel/i);
});

test("when a cell is interrupted its runs are cancelled, and its code hears no more of them", async () => {
  const cell = new AbortController();
  const local = await localEngine();
  let outcome: RunOutcome | undefined;
  fused.useEngine(async () => ({
    run: async (request, how) => (outcome = await local.run(request, how)),
    close: async () => undefined,
  }));
  setCellHooks({ detached: (work) => work(), signal: () => cell.signal });
  const settled = udf("() => new Promise(() => {})")().finally(() => assert.fail("settled"));
  setTimeout(() => cell.abort(), 100);
  const ended = await waitFor("the end of the run", () => outcome);
  const pause = new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await Promise.race([settled, pause]), undefined);
  assert.equal(ended.status === "error" && ended.error.kind, "cancelled");
  setCellHooks();
  fused.useEngine(async () => local);
});

test("Arrow tables go in and come out", async () => {
  const double = udf("(table: fused.types.DataFrame) => table");
  const back = (await double({ table: tableFromArrays({ a: [1, 2, 3] }) })) as Table;
  assert.deepEqual(
    back.toArray().map((row: { a: number }) => row.a),
    [1, 2, 3],
  );
});

test("an engine handed over with useEngine gets the runs", async () => {
  const local: Engine = await localEngine();
  const asked: string[] = [];
  fused.useEngine(async () => ({
    run: (request, how) => (asked.push("run"), local.run(request, how)),
    close: async () => undefined,
  }));
  assert.equal(await run(udf("() => 1")), 1);
  assert.deepEqual(asked, ["run"]);
  fused.useEngine(async () => local);
});

test("cacheMaxAge keeps results of runs, the call's ranks above the UDF's, and errors are never kept", async () => {
  const { log } = console;
  const told: string[] = [];
  console.log = (text: string) => void told.push(text);
  options.localEngineCache = true;
  const random = udf("(n: int) => ({ n, at: Math.random() })", { cacheMaxAge: "1h", name: "random" });
  const first = await random(1);
  assert.deepEqual(await random({ n: "1" }), first);
  assert.deepEqual(told, ["random: cached, 0 s old"]);
  assert.notDeepEqual(await random(2), first);
  assert.notDeepEqual(await random.run({ n: 1 }, { cache: false }), first);
  assert.notDeepEqual(await random.run({ n: 1 }, { cacheMaxAge: 0 }), first);
  assert.equal((await run.response(random, { n: 1 })).cacheHit, true);
  assert.notDeepEqual(
    await udf("(n: int) => ({ n, at: Math.random() }) ", { cacheMaxAge: "1h", name: "random2" })(1),
    first,
  );
  const fails = udf("() => { throw new Error(String(Math.random())); }", { cacheMaxAge: "1h" });
  const [one, two] = await Promise.all([fails().catch(String), fails().catch(String)]);
  assert.notEqual(one, two);
  options.localEngineCache = false;
  console.log = log;
});

test("F180 logging writes a line for each run", async () => {
  const { error } = console;
  const lines: string[] = [];
  console.error = (text: string) => void lines.push(text);
  options.logging = true;
  await run(udf("(n: int) => n", { name: "one" }), { n: 1 });
  options.reset("logging");
  await run(udf("(n: int) => n", { name: "one" }), { n: 1 });
  console.error = error;
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^\[fused\] [0-9a-f-]{36} one \{"n":1\} ok after [\d.]+ s$/);
});

test("F182 defaultValidateImports reports a wrong import before the run", async () => {
  const bad = udf("async (n: int = 1) => { if (n > 5) await import('left-pad'); return n; }", { name: "bad" });
  assert.equal(await bad(), 1);
  options.defaultValidateImports = true;
  try {
    await assert.rejects(bad(), (error) => error instanceof UdfImportError && /left-pad/.test(error.message));
    assert.equal(await run(udf("async () => (await import('d3-geo')).geoArea({ type: 'Sphere' }) > 12")), true);
  } finally {
    options.reset("defaultValidateImports");
  }
});

test("a parameter that cannot travel is refused", async () => {
  const any = udf("(value) => value", { name: "any" });
  await assert.rejects(
    any({ value: { deep: () => 1 } }),
    (error) => error instanceof UdfSerializationError && /deep/.test(error.message),
  );
});

test("F003 a header module can be imported", async () => {
  const headers = [{ moduleName: "utils", source: "export const double = (n: number): number => 2 * n;" }];
  assert.equal(await udf("async (n: int) => (await import('utils')).double(n)", { headers })(4), 8);
});
