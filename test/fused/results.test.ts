import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import type { Table } from "apache-arrow";
import { FusedError } from "../../fused/errors.ts";
import { arrowRows, collectRuns } from "../../fused/job-pool-collect.ts";
import { asRaster, mosaicRasters } from "../../fused/results-raster.ts";
import { isArrowTable, isGeoJson, isPlainObject } from "../../fused/results.ts";

test("values are told apart by their shape", () => {
  assert.equal(isArrowTable(tableFromArrays({ a: [1] })), true);
  assert.equal(isArrowTable({ batches: [] }), false);
  assert.equal(isGeoJson({ type: "Feature", geometry: null, properties: {} }), true);
  assert.equal(isGeoJson({ type: "Point" }), false);
  assert.equal(isPlainObject(Object.create(null)), true);
  assert.equal(isPlainObject(new Date()), false);
});

test("a raster is { data, width, height }, or a pair of that and its bounds", () => {
  const raster = { data: new Float32Array(4), width: 2, height: 2 };
  assert.equal(asRaster(raster), raster);
  assert.deepEqual(asRaster([raster, [0, 0, 1, 1]]), { ...raster, bounds: [0, 0, 1, 1] });
  assert.equal(asRaster({ data: "abcd", width: 2, height: 2 }), undefined);
});

test("F082 Arrow tables become one Arrow table with the arguments in front", async () => {
  const table = await collectRuns([
    { args: { n: 1 }, value: tableFromArrays({ a: Int32Array.of(1, 2), name: ["x", "y"] }) },
    { args: { n: 2 }, value: tableFromArrays({ a: Int32Array.of(3), name: ["x"] }) },
    { args: { n: 3 }, value: null },
  ]);
  assert.ok(isArrowTable(table));
  assert.deepEqual(arrowRows(table), [
    { n: 1, a: 1, name: "x" },
    { n: 1, a: 2, name: "y" },
    { n: 2, a: 3, name: "x" },
  ]);
});

test("tables that lack a column get nulls, numbers of two types become floats, other types do not join", async () => {
  const joined = (await collectRuns([
    { args: {}, value: tableFromArrays({ a: Int32Array.of(1) }) },
    { args: {}, value: tableFromArrays({ a: Float32Array.of(0.5), b: ["x"] }) },
  ])) as Table;
  assert.deepEqual(arrowRows(joined), [
    { a: 1, b: null },
    { a: 0.5, b: "x" },
  ]);
  const clashing = [
    { args: {}, value: tableFromArrays({ a: Int32Array.of(1) }) },
    { args: {}, value: tableFromArrays({ a: ["x"] }) },
  ];
  await assert.rejects(
    collectRuns(clashing),
    (error) => error instanceof FusedError && /column "a"/.test(error.message),
  );
});

test("field metadata, such as a GeoArrow name, stays", async () => {
  const { Field, Schema, Table, Utf8, vectorFromArray } = await import("apache-arrow");
  const metadata = new Map([["ARROW:extension:name", "geoarrow.wkt"]]);
  const schema = new Schema([new Field("geometry", new Utf8(), true, metadata)]);
  const table = new Table(schema, { geometry: vectorFromArray(["POINT (1 2)"], new Utf8()) });
  const joined = (await collectRuns([{ args: { n: 1 }, value: table }])) as Table;
  assert.deepEqual(joined.schema.fields[1]!.metadata, metadata);
});

test("64-bit integers, texts with missing values and lists stay exact", async () => {
  const { Int64, List, Field, Utf8, vectorFromArray, Table } = await import("apache-arrow");
  const list = new List(new Field("item", new Int64()));
  const make = (id: bigint) =>
    new Table({
      id: vectorFromArray([id], new Int64()),
      t: vectorFromArray([null], new Utf8()),
      l: vectorFromArray([[id]], list),
    });
  const joined = (await collectRuns([
    { args: { cell: 1n }, value: make(613196569900875775n) },
    { args: { cell: 2n }, value: make(2n ** 60n + 1n) },
  ])) as Table;
  assert.deepEqual([...joined.getChild("id")!], [613196569900875775n, 2n ** 60n + 1n]);
  assert.deepEqual([...joined.getChild("cell")!], [1n, 2n]);
  assert.deepEqual([...joined.getChild("l")!.get(1)], [2n ** 60n + 1n]);
  assert.equal(joined.getChild("t")!.get(0), null);
});

test("rows, features, objects and single values become rows", async () => {
  const point = { type: "Point", coordinates: [1, 2] };
  const rows = (args: object, value: unknown) => collectRuns([{ args: { ...args }, value }]);
  assert.deepEqual(await rows({ n: 1 }, [{ a: 1 }, { a: 2 }]), [
    { n: 1, a: 1 },
    { n: 1, a: 2 },
  ]);
  assert.deepEqual(await rows({ n: 1 }, { a: 1 }), [{ n: 1, a: 1 }]);
  assert.deepEqual(await rows({ n: 1 }, 5), [{ n: 1, result: 5 }]);
  assert.deepEqual(await rows({ n: 1 }, { n: 9 }), [{ n_arg: 1, n: 9 }]);
  const features = {
    type: "FeatureCollection",
    features: [{ type: "Feature", properties: { a: 1 }, geometry: point }],
  };
  assert.deepEqual(await rows({ n: 1 }, features), [{ n: 1, a: 1, geometry: point }]);
  assert.deepEqual(await collectRuns([{ args: { n: 1 }, value: [{ a: 1 }] }], { dropIndex: true }), [{ a: 1 }]);
});

test("F082 tables and single values do not mix; flatten: false takes everything", async () => {
  const runs = [
    { args: { n: 1 }, value: [{ a: 1 }] },
    { args: { n: 2 }, value: 3 },
  ];
  await assert.rejects(collectRuns(runs), /\{"n":2\} gave a number\): pass \{ flatten: false \}/);
  assert.deepEqual(await collectRuns(runs, { flatten: false }), [
    { n: 1, result: [{ a: 1 }] },
    { n: 2, result: 3 },
  ]);
});

test("rasters of tiles are laid side by side, bands apart or together", () => {
  const tile = (x: number, y: number) => ({ x, y, z: 1 });
  const part = (x: number, y: number, ...data: number[]) => ({
    tile: tile(x, y),
    raster: { data: Float32Array.from(data), width: 2, height: 1, bands: 2 },
  });
  const mosaic = mosaicRasters([part(0, 0, 1, 2, 5, 6), part(1, 0, 3, 4, 7, 8)]);
  assert.deepEqual([mosaic.width, mosaic.height, mosaic.bands], [4, 1, 2]);
  assert.deepEqual([...mosaic.data], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(mosaic.bounds!.map(Math.round), [-180, 0, 180, 85]);
  const pixel = (x: number, y: number, value: number) => ({
    tile: tile(x, y),
    raster: { data: Uint8ClampedArray.of(value, value, value, 255), width: 1, height: 1 },
  });
  const image = mosaicRasters([pixel(0, 0, 1), pixel(0, 1, 3), pixel(1, 1, 4)]);
  assert.deepEqual([...image.data], [1, 1, 1, 255, 0, 0, 0, 0, 3, 3, 3, 255, 4, 4, 4, 255]);
  assert.throws(
    () => mosaicRasters([part(0, 0, 1, 2, 5, 6), pixel(1, 0, 1)]),
    /do not join: tile 1\/0\/0 gave Float32Array/,
  );
});
