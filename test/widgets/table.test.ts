import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as arrow from "apache-arrow";
import { displayTable } from "../../widgets/table/display-table.ts";
import { assertSurvives, kilobytes } from "./sanitizer.ts";

const text = (...args: Parameters<typeof displayTable>) => String(displayTable(...args).data["text/plain"]);
const html = (...args: Parameters<typeof displayTable>) => String(displayTable(...args).data["text/html"]);

const square = {
  type: "Polygon" as const,
  coordinates: [
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
    ],
  ],
};
const places = Array.from({ length: 3008 }, (_, i) => ({ name: `place ${i}`, size: i / 4, at: square }));

describe("a table of rows", () => {
  test("F188 shows ten rows, their types, geometry in short, and how much more there is", () => {
    const lines = text(places, { title: "places" }).split("\n");
    assert.equal(lines[0], "places: 3,008 rows × 3 columns");
    assert.match(lines[2]!, /^name +size +at$/);
    assert.match(lines[3]!, /^string +number +geometry$/);
    assert.match(lines[5]!, /^place 0 +0\.00 +Polygon\(5\)$/);
    assert.match(lines[14]!, /^place 9 +2\.25 +Polygon\(5\)$/);
    assert.equal(lines[15], "… 2,998 more rows");
    const page = html(places, { title: "places" });
    assert.equal(page.match(/<tr>/g)!.length, 12);
    assert.match(page, /Polygon\(5\)/);
    assert.match(page, /2,998 more rows/);
  });

  test("numbers stand to the right, with as many decimals as the column needs; bigints are exact", () => {
    const shown = text([
      { a: 0.1 + 0.2, id: 9007199254740993n },
      { a: -1250.5, id: 1n },
      { a: 3, id: null },
    ]);
    assert.match(shown, /^ +0\.3 +9007199254740993$/m);
    assert.match(shown, /^-1250\.5 +1$/m);
    assert.match(shown, /^ +3\.0 +null$/m);
    assert.match(html([{ a: 1 }]), /<td align="right"[^>]*>1<\/td>/);
  });

  test("what is missing is marked as null, mixed columns name every type they hold", () => {
    const rows = [{ a: 1 }, { b: "x" }, { a: "two", b: null }];
    const shown = text(rows);
    assert.match(shown, /^a +b$/m);
    assert.match(shown, /^number \| string +string$/m);
    assert.match(html(rows), /<i>null<\/i>/);
  });

  test("markup, line breaks and control characters in values come to nothing", () => {
    const page = html([{ "<b>": '<script>alert("1")</script>', b: "one\ntwo\u001b[31m" }]);
    assert.doesNotMatch(page, /<script|\u001b/);
    assert.match(page, /&lt;script&gt;/);
    assert.match(page, /one\\ntwo\\u001b/);
  });

  test("dates are ISO, bytes counted, nested values cut short, long text cut with the rest as a hint", () => {
    const row = {
      day: new Date("2024-05-06"),
      time: new Date("2024-05-06T07:08:09Z"),
      blob: new Uint8Array(1234),
      list: [1, 2, 3, 4, 5, 6],
      nested: { a: { b: { c: { d: 1 } } }, n: null },
      long: "x".repeat(1000),
    };
    const shown = text([row]);
    assert.match(shown, /2024-05-06 +2024-05-06T07:08:09Z +1,234 bytes +\[1, 2, 3, 4, … 6 in all\]/);
    const page = html([row]);
    assert.match(page, /\{a: \{b: …\}, n: null\}/);
    assert.match(page, /title="x{299}…">x{47}…</);
  });

  test("wide letters keep the columns aligned", () => {
    const lines = text([
      { a: "日本", b: 1 },
      { a: "ab", b: 22 },
    ]).split("\n");
    assert.equal(lines[5], "日本         1");
    assert.equal(lines[6], "ab          22");
  });

  test("no rows, no columns", () => {
    assert.equal(text([]), "0 rows × 0 columns");
    assert.match(
      text(new arrow.Table(new arrow.Schema([new arrow.Field("a", new arrow.Int32())]))),
      /^0 rows × 1 column\n/,
    );
  });

  test("more columns than fit are counted, and a geometry among them still shows", () => {
    const row = { ...Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`c${i}`, i])), at: square };
    const page = html([row]);
    assert.match(page, />c18</);
    assert.doesNotMatch(page, />c19</);
    assert.match(page, /Polygon\(5\)/);
    assert.match(page, /281 more columns/);
    assert.match(text([row]), /^1 row × 301 columns/);
  });
});

describe("other shapes of a table", () => {
  test("GeoJSON: properties and the geometry, an id where there is one", () => {
    const feature = {
      type: "Feature" as const,
      id: 7,
      properties: { mag: 4.5 },
      geometry: { type: "Point" as const, coordinates: [-122.419415, 37.77493] },
    };
    const shown = text({ type: "FeatureCollection", features: [feature] });
    assert.match(shown, /^ +id +mag +geometry$/m);
    assert.match(shown, /^ +7 +4\.5 +Point\(-122\.41942, 37\.77493\)$/m);
  });

  test("columns: arrays, typed arrays and Arrow vectors", () => {
    const shown = text({ a: [1, 2], b: Float32Array.of(0.5, 1.5), c: arrow.vectorFromArray(["x", "y"]) });
    assert.match(shown, /^2 rows × 3 columns/);
    assert.match(shown, /^ +2 +1\.5 +y$/m);
  });

  test("Arrow types by the names that dataframe users know, values as what they mean", () => {
    const table = new arrow.Table({
      when: arrow.vectorFromArray([new Date(0)], new arrow.TimestampMicrosecond("UTC")),
      day: arrow.vectorFromArray([new Date(86_400_000)], new arrow.DateDay()),
      price: arrow.makeVector({
        type: new arrow.Decimal(2, 10, 128),
        data: Uint32Array.of(0xffffffff - 12344, -1, -1, -1),
      }),
      clock: arrow.makeVector({ type: new arrow.TimeMicrosecond(), data: BigInt64Array.of(3_723_000_001n) }),
      kind: arrow.vectorFromArray(["jet"]),
      list: arrow.vectorFromArray([[1, 2, 3]]),
      pair: arrow.vectorFromArray([{ a: 1, b: "x" }]),
      id: arrow.makeVector(BigUint64Array.of(18446744073709551615n)),
    });
    const page = html(table);
    for (const type of [
      "timestamp[µs, UTC]",
      "date",
      "decimal(10, 2)",
      "time[µs]",
      "string (dictionary)",
      "list&lt;float64&gt;",
      "struct&lt;a, b&gt;",
      "uint64",
    ]) {
      assert(page.includes(`<small>${type}</small>`), type);
    }
    for (const value of [
      "1970-01-01T00:00:00Z",
      "1970-01-02",
      "-123.45",
      "01:02:03.000001",
      "jet",
      "[1, 2, 3]",
      "{a: 1, b: &quot;x&quot;}",
      "18446744073709551615",
    ]) {
      assert(page.includes(`>${value}</td>`), value);
    }
  });

  test("two columns of one name are both shown", () => {
    const fields = [new arrow.Field("a", new arrow.Int32()), new arrow.Field("a", new arrow.Int32())];
    const column = (value: number) => arrow.makeData({ type: new arrow.Int32(), data: Int32Array.of(value) });
    const data = arrow.makeData({ type: new arrow.Struct(fields), length: 1, children: [column(1), column(2)] });
    const schema = new arrow.Schema(fields);
    assert.match(text(new arrow.Table(schema, [new arrow.RecordBatch(schema, data)])), /^ +1 +2$/m);
  });

  test("anything else is refused in words", () => {
    assert.throws(
      () => displayTable(42 as never),
      /A table is an Arrow table, an array of row objects, GeoJSON or .*; this is a number\./,
    );
    assert.throws(() => displayTable([], { rows: -1 }), /"rows" is -1; it must be a whole number from 0/);
  });
});

describe("size and time", () => {
  test("100 million rows of 300 columns: only the shown cells are read", () => {
    const rows = 1_000_000;
    const column = arrow.makeData({ type: new arrow.Float64(), length: rows, data: new Float64Array(rows).fill(1.5) });
    const fields = Array.from({ length: 300 }, (_, i) => new arrow.Field(`c${i}`, new arrow.Float64()));
    const schema = new arrow.Schema(fields);
    const data = arrow.makeData({ type: new arrow.Struct(fields), length: rows, children: fields.map(() => column) });
    const batch = new arrow.RecordBatch(schema, data);
    const table = new arrow.Table(
      schema,
      Array.from({ length: 100 }, () => batch),
    );
    const start = performance.now();
    const bundle = displayTable(table);
    assert(performance.now() - start < 10_000);
    assert.match(String(bundle.data["text/plain"]), /^100,000,000 rows × 300 columns/);
    assert(kilobytes(bundle) < 100);
  });

  test("the widest table of long texts stays under 150 KB, and the HTML needs neither script nor style sheet", () => {
    const row = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`column ${i} `.repeat(9), "<&>".repeat(500)]),
    );
    const bundle = displayTable(Array.from({ length: 50 }, () => row));
    assert(kilobytes(bundle) < 150, `${kilobytes(bundle)} KB`);
    assertSurvives(String(bundle.data["text/html"]));
    assertSurvives(html(places, { title: "<places>" }));
  });
});
