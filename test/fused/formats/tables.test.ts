import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { VectorTile } from "@mapbox/vector-tile";
import * as arrow from "apache-arrow";
import { unzipSync } from "fflate";
import type { FeatureCollection, Geometry } from "geojson";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { PbfReader } from "pbf";
import { encode, FormatError } from "../../../fused/formats/index.ts";
import { options } from "../../../fused/options.ts";

const text = async (...args: Parameters<typeof encode>) => Buffer.from((await encode(...args)).bytes).toString();
const json = async (value: unknown) => JSON.parse(await text(value, "json")) as unknown;
const bytes = async (...args: Parameters<typeof encode>) => (await encode(...args)).bytes;
const bufferOf = (part: Uint8Array) => part.slice().buffer as ArrayBuffer;
const parquetRows = async (value: unknown) => {
  const file = bufferOf(await bytes(value, "parquet"));
  return { rows: await parquetReadObjects({ file }), metadata: parquetMetadata(file) };
};

const folder = mkdtempSync(join(tmpdir(), "fused-formats-"));
after(() => rmSync(folder, { recursive: true }));

/** What DuckDB, which shares no code with us, reads from a file. */
async function duckRows(part: Uint8Array, extension: string, query: string): Promise<unknown[]> {
  const path = join(folder, `${Math.random()}.${extension}`);
  writeFileSync(path, part);
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(query.replace("$file", `'${path}'`));
  return result.getRowObjectsJson();
}

const cell = 0x8928308280fffffn;
const rows = [
  {
    id: cell,
    name: 'a "quoted", text',
    at: new Date("2024-02-29T12:00:00.123Z"),
    value: 1.5,
    flag: true,
    list: [1, 2],
  },
  { id: cell + 1n, name: null, at: null, value: NaN, flag: null, list: [] },
  { id: 2n ** 63n, name: "", at: new Date(0), value: -0, flag: false, list: null },
];

describe("rows", () => {
  test("F027 XLSX is a workbook of one sheet: numbers as numbers, ids and texts whole", async () => {
    const { bytes: workbook, mediaType } = await encode([...rows, { id: 7n, name: "<&>", value: 2 }], "excel");
    assert.match(mediaType, /spreadsheetml\.sheet$/);
    const files = unzipSync(workbook);
    const part = (name: string) => Buffer.from(files[name]!).toString();
    assert.deepEqual(Object.keys(files).sort(), [
      "[Content_Types].xml",
      "_rels/.rels",
      "xl/_rels/workbook.xml.rels",
      "xl/workbook.xml",
      "xl/worksheets/sheet1.xml",
    ]);
    const sheet = part("xl/worksheets/sheet1.xml");
    const cellOf = (place: string) => new RegExp(`<c r="${place}"[^>]*>(.*?)</c>`, "s").exec(sheet)?.[0];
    assert.match(cellOf("A1")!, />id</);
    assert.match(cellOf("A2")!, /t="inlineStr".*>617700169958293503</);
    assert.equal(cellOf("A5"), '<c r="A5"><v>7</v></c>');
    assert.equal(cellOf("D2"), '<c r="D2"><v>1.5</v></c>');
    assert.equal(cellOf("E2"), '<c r="E2" t="b"><v>1</v></c>');
    assert.match(cellOf("B2")!, />a &quot;quoted&quot;, text</);
    assert.match(cellOf("B5")!, />&lt;&amp;&gt;</);
    assert.equal(cellOf("B3"), undefined, "nothing is no cell");
    assert.deepEqual(
      workbook,
      (await encode([...rows, { id: 7n, name: "<&>", value: 2 }], "xlsx")).bytes,
      "the same bytes again",
    );
    const wide = await bytes([Object.fromEntries(Array.from({ length: 28 }, (_none, i) => [`c${i}`, i]))], "xlsx");
    assert.match(Buffer.from(unzipSync(wide)["xl/worksheets/sheet1.xml"]!).toString(), /<c r="AB2"><v>27<\/v>/);
  });

  test("F027 XML has a row element for each row and an element for each column, as pandas writes it", async () => {
    const { bytes: xml, mediaType } = await encode([{ "1 a": 5n, b: "<&\u0001>", c: null }], "xml");
    assert.equal(mediaType, "application/xml");
    assert.equal(
      Buffer.from(xml).toString(),
      "<?xml version='1.0' encoding='utf-8'?>\n<data>\n  <row>\n    <_1_a>5</_1_a>\n    <b>&lt;&amp;&gt;</b>\n    <c/>\n  </row>\n</data>\n",
    );
  });

  test("F027 JSON of 64-bit ids keeps every digit, a column in one form; NaN is null and dates are ISO 8601", async () => {
    assert.deepEqual(await json(rows), [
      {
        id: "617700169958293503",
        name: 'a "quoted", text',
        at: "2024-02-29T12:00:00.123Z",
        value: 1.5,
        flag: true,
        list: [1, 2],
      },
      { id: "617700169958293504", name: null, at: null, value: null, flag: null, list: [] },
      { id: "9223372036854775808", name: "", at: "1970-01-01T00:00:00.000Z", value: 0, flag: false, list: null },
    ]);
    assert.deepEqual(await json([{ n: 2n ** 53n - 1n }]), [{ n: 2 ** 53 - 1 }]);
    assert.deepEqual(await json([{ n: 1n }, { n: 2n ** 53n }]), [{ n: "1" }, { n: "9007199254740992" }]);
  });

  test("F027 CSV is read back by DuckDB, ids exact, nothing and the empty text apart", async () => {
    const read = await duckRows(
      await bytes(rows, "csv"),
      "csv",
      "select id, name, flag, list from read_csv($file, types = {'id': 'UBIGINT'}, nullstr = '', allow_quoted_nulls = false)",
    );
    assert.deepEqual(read, [
      { id: String(cell), name: 'a "quoted", text', flag: true, list: "[1,2]" },
      { id: String(cell + 1n), name: null, flag: null, list: "[]" },
      { id: String(2n ** 63n), name: "", flag: false, list: null },
    ]);
  });

  test("F019 Parquet of rows has the same values for hyparquet and for DuckDB", async () => {
    const { rows: read } = await parquetRows(rows.map(({ id, ...row }) => ({ ...row, id: BigInt.asIntN(62, id) })));
    assert.deepEqual(
      read.map((row) => row["list"] ?? null),
      [[1, 2], [], null],
    );
    assert.deepEqual(read[0]!["at"], rows[0]!.at);
    assert.equal(read[0]!["id"], cell);
    const duck = await duckRows(
      await bytes(rows, "parquet"),
      "parquet",
      "select id, typeof(id) as kind, name, value::varchar as value, list, t.at::varchar as at from read_parquet($file) as t",
    );
    assert.deepEqual(duck[0], {
      id: String(cell),
      kind: "UBIGINT",
      name: 'a "quoted", text',
      value: "1.5",
      list: [1, 2],
      at: (duck[0] as { at: string }).at,
    });
    assert.match((duck[0] as { at: string }).at, /2024-02-29 .*\.123/);
    assert.equal((duck[1] as { value: string }).value, "nan");
    assert.equal((duck[2] as { id: string }).id, String(2n ** 63n));
  });

  test("Arrow and Feather are read by Arrow itself; what is mixed is JSON text", async () => {
    const mixed = [
      { a: 1, b: { c: 1 } },
      { a: "x", b: null },
      { a: [1], b: 2 },
    ];
    for (const format of ["arrow", "feather"]) {
      const table = arrow.tableFromIPC(await bytes(mixed, format));
      assert.deepEqual([...table.getChild("a")!], ["1", "x", "[1]"]);
      assert.deepEqual([...table.getChild("b")!], ['{"c":1}', null, "2"]);
    }
    const table = arrow.tableFromIPC(await bytes(rows, "arrow"));
    assert.equal(String(table.schema.fields[0]!.type), "Uint64");
    assert.deepEqual(
      [...table.getChild("id")!],
      rows.map(({ id }) => id),
    );
  });

  test("HTML is a table without scripts", async () => {
    const page = await text([{ a: "<script>alert(1)</script>", n: 2n ** 60n }], "html");
    assert.match(page, /&lt;script&gt;alert\(1\)/);
    assert.match(page, /1152921504606846976/);
    assert.doesNotMatch(page, /<script/);
  });
});

describe("Arrow tables", () => {
  test("F019 the types that broke in practice: durations, decimals, nested lists, structs, dictionaries", async () => {
    const dictionary = arrow.vectorFromArray(
      ["x", "y", "x"],
      new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()),
    );
    const nested = arrow.vectorFromArray(
      [[[1, 2], []], null, [[3]]],
      new arrow.List(new arrow.Field("item", new arrow.List(new arrow.Field("item", new arrow.Int32())))),
    );
    const struct = arrow.vectorFromArray(
      [{ a: 1 }, null, { a: 3 }],
      new arrow.Struct([new arrow.Field("a", new arrow.Int32(), true)]),
    );
    const day = arrow.vectorFromArray([new Date("2024-02-29"), null, new Date("1969-12-31")], new arrow.DateDay());
    const micros = arrow.makeVector(
      arrow.makeData({
        type: new arrow.TimestampMicrosecond(),
        data: BigInt64Array.of(1_700_000_000_123_456n, 1n, -1n),
      }),
    );
    const table = new arrow.Table({ dictionary, nested, struct, day, micros });
    const { rows: read } = await parquetRows(table);
    assert.deepEqual(
      read.map((row) => row["dictionary"]),
      ["x", "y", "x"],
    );
    assert.deepEqual(
      read.map((row) => row["nested"] ?? null),
      [[[1, 2], []], null, [[3]]],
    );
    assert.deepEqual(
      read.map((row) => row["struct"] ?? null),
      [{ a: 1 }, null, { a: 3 }],
    );
    const duck = await duckRows(
      await bytes(table, "parquet"),
      "parquet",
      "select micros::varchar as micros, day::varchar as day, nested from read_parquet($file)",
    );
    assert.deepEqual(duck, [
      { micros: "2023-11-14 22:13:20.123456", day: "2024-02-29", nested: [[1, 2], []] },
      { micros: "1970-01-01 00:00:00.000001", day: null, nested: null },
      { micros: "1969-12-31 23:59:59.999999", day: "1969-12-31", nested: [[3]] },
    ]);
    const [first] = (await json(table)) as Record<string, unknown>[];
    assert.deepEqual(first, {
      dictionary: "x",
      nested: [[1, 2], []],
      struct: { a: 1 },
      day: "2024-02-29T00:00:00.000Z",
      micros: "2023-11-14T22:13:20.123Z",
    });
  });

  test("duplicate column names get numbers, except in Arrow, which may have them", async () => {
    const fields = ["a", "a", "a_2"].map((name) => new arrow.Field(name, new arrow.Int32(), true));
    const children = [1, 2, 3].map((n) => arrow.vectorFromArray([n], new arrow.Int32()).data[0]!);
    const schema = new arrow.Schema(fields);
    const data = arrow.makeData({ type: new arrow.Struct(fields), length: 1, nullCount: 0, children });
    const table = new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
    assert.deepEqual(await json(table), [{ a: 1, a_3: 2, a_2: 3 }]);
    assert.deepEqual((await parquetRows(table)).rows, [{ a: 1, a_3: 2, a_2: 3 }]);
    const read = arrow.tableFromIPC(await bytes(table, "arrow"));
    assert.deepEqual(
      read.schema.fields.map(({ name }) => name),
      ["a", "a", "a_2"],
    );
  });

  test("F023 the option defaultDtypeOutVector says which format a table has by itself", async () => {
    assert.equal((await encode(rows)).format, "parquet");
    options.defaultDtypeOutVector = "csv";
    assert.equal((await encode(rows)).mediaType, "text/csv; charset=utf-8");
    options.reset("defaultDtypeOutVector");
  });
});

describe("geo tables", () => {
  const collection: FeatureCollection<Geometry | null> = {
    type: "FeatureCollection",
    features: [
      {
        type: "Feature",
        id: 7,
        properties: { h3: cell, name: "Bern" },
        geometry: { type: "Point", coordinates: [7.45, 46.95] },
      },
      { type: "Feature", properties: { h3: null, name: "nowhere" }, geometry: null },
      {
        type: "Feature",
        properties: { h3: 1n, name: "world" },
        geometry: {
          type: "Polygon",
          coordinates: [
            [
              [-170, -80],
              [170, -80],
              [170, 80],
              [-170, 80],
              [-170, -80],
            ],
          ],
        },
      },
    ],
  };

  test("GeoJSON keeps geometries, ids and empty rows; ids of 64 bits are text", async () => {
    const { features } = JSON.parse(await text(collection, "geojson")) as FeatureCollection;
    assert.equal(features[0]!.id, 7);
    assert.deepEqual(features[0]!.properties, { h3: String(cell), name: "Bern" });
    assert.deepEqual(features[2]!.properties, { h3: "1", name: "world" });
    assert.equal(features[1]!.geometry, null);
  });

  test("F019 GeoParquet names its column, its types and its box; a CRS in GeoArrow metadata is kept", async () => {
    const { rows: read, metadata } = await parquetRows(collection);
    const geo = JSON.parse(metadata.key_value_metadata!.find(({ key }) => key === "geo")!.value!) as {
      version: string;
      primary_column: string;
      columns: Record<string, object>;
    };
    assert.equal(geo.version, "1.1.0");
    assert.deepEqual(geo.columns[geo.primary_column], {
      encoding: "WKB",
      geometry_types: ["Point", "Polygon"],
      bbox: [-170, -80, 170, 80],
    });
    assert.deepEqual(read[0]!["geometry"], { type: "Point", coordinates: [7.45, 46.95] });
    const table = arrow.tableFromIPC(
      await bytes({ ...collection, crs: { properties: { name: "urn:ogc:def:crs:EPSG::2056" } } }, "arrow"),
    );
    const field = table.schema.fields.at(-1)!;
    assert.equal(field.metadata.get("ARROW:extension:name"), "geoarrow.wkb");
    assert.match(field.metadata.get("ARROW:extension:metadata")!, /EPSG::2056/);
    const kept = (await parquetRows(table)).metadata.key_value_metadata!.find(({ key }) => key === "geo")!.value!;
    assert.deepEqual((JSON.parse(kept) as typeof geo).columns["geometry"], {
      ...geo.columns[geo.primary_column],
      crs: { type: "ProjectedCRS", name: "urn:ogc:def:crs:EPSG::2056", id: { authority: "EPSG", code: 2056 } },
    });
  });

  test("web mercator becomes degrees in GeoJSON, and a system that is not known is refused with what to use", async () => {
    const inMetres = {
      type: "FeatureCollection",
      crs: { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::3857" } },
      features: [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [829_330, 5_933_000] } }],
    };
    const { features } = JSON.parse(await text(inMetres, "geojson")) as FeatureCollection;
    const [lng, lat] = (features[0]!.geometry as { coordinates: number[] }).coordinates;
    assert.ok(Math.abs(lng! - 7.45) < 0.001 && Math.abs(lat! - 46.95) < 0.01);
    const swiss = { ...inMetres, crs: { type: "name", properties: { name: "EPSG:4937" } } };
    await assert.rejects(encode(swiss, "geojson"), (error: FormatError) => {
      assert.match(error.message, /EPSG:4937: convert it first/);
      return error.formats.includes("parquet");
    });
  });

  test("rows with geometries are a geo table: JSON keeps them as GeoJSON objects, CSV as WKT", async () => {
    const places = [{ name: "Bern", where: { type: "Point", coordinates: [7.45, 46.95] } }];
    assert.deepEqual(await json(places), places);
    assert.equal(await text(places, "csv"), "name,where\nBern,POINT (7.45 46.95)\n");
    const { features } = JSON.parse(await text(places, "geojson")) as FeatureCollection;
    assert.deepEqual(features[0]!.geometry, places[0]!.where);
  });

  test("F026 a vector tile has one layer, udf, with what is on the tile, cut at its edge", async () => {
    const tile = { x: 133, y: 90, z: 8 };
    const { bytes: made, mediaType } = await encode(collection, "mvt", { tile });
    assert.equal(mediaType, "application/vnd.mapbox-vector-tile");
    const { layers } = new VectorTile(new PbfReader(made));
    assert.deepEqual(Object.keys(layers), ["udf"]);
    const layer = layers["udf"]!;
    assert.equal(layer.length, 2);
    const bern = layer.feature(0);
    assert.equal(bern.id, 7);
    assert.deepEqual({ ...bern.properties }, { h3: String(cell), name: "Bern" });
    const place = bern.toGeoJSON(tile.x, tile.y, tile.z).geometry as { coordinates: number[] };
    assert.ok(Math.abs(place.coordinates[0]! - 7.45) < 0.001 && Math.abs(place.coordinates[1]! - 46.95) < 0.001);
    for (const { x, y } of layer.feature(1).loadGeometry().flat()) {
      assert.ok(x >= -64 && y >= -64 && x <= 4160 && y <= 4160, `${x} ${y}`);
    }
    const bernOnly = { ...collection, features: collection.features.slice(0, 2) };
    assert.equal((await encode(bernOnly, "mvt", { tile: { x: 0, y: 0, z: 8 } })).bytes.length, 0);
    await assert.rejects(encode(collection, "mvt"), /needs the tile/);
    await assert.rejects(encode([{ a: 1 }], "mvt", { tile }), /no geometry column/);
  });
});
