import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, describe, test } from "node:test";
import * as arrow from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { tableDisplay } from "../../kernel/widgets/table-display.ts";
import type { TableFile } from "../../widgets/table/kernel/table-half.ts";
import type { TableSpec } from "../../widgets/table/table-spec.ts";
import type { TableLike } from "../../widgets/table/table-source.ts";
import type { PageLine } from "../../widgets/widget-kernel.ts";
import { defineTable, removeTables } from "./table-page.ts";

after(removeTables);

interface Heard {
  kind: string;
  fields: Record<string, unknown>;
  buffers: Uint8Array[];
}

/** A table's kernel half, asked as a page asks it. */
async function open(value: TableLike) {
  const definition = await defineTable(value);
  const toSession: Record<string, unknown>[] = [];
  const half = tableDisplay(definition, {
    toSession: (_kind, fields = {}) => void toSession.push(fields),
    toPages() {},
    runUdf: () => Promise.reject(new Error("A table runs no UDF.")),
  });
  const heard: Heard[] = [];
  const page: PageLine = {
    caps: { webgl2: false, renderer: "none", maxTexture: 0, dpr: 1 },
    send: (kind, fields = {}, buffers = []) => void heard.push({ kind, fields, buffers }),
  };
  half.open?.(page);
  const ask = async (kind: string, fields: Record<string, unknown>): Promise<Heard[]> => {
    heard.length = 0;
    await half.receive(page, kind, fields, []);
    return [...heard];
  };
  const spec = half.spec() as unknown as TableSpec;
  const all = spec.columns.map((_column, i) => i);
  const rows = async (fields: Record<string, unknown> = {}) => {
    const [answer] = await ask("rows", { req: 1, start: 0, end: 20, columns: all, ...fields });
    assert.equal(answer!.kind, "rows.ok", JSON.stringify(answer!.fields));
    const table = arrow.tableFromIPC(answer!.buffers[0]!);
    return { ...answer!.fields, cells: table.toArray().map((row) => Object.values(row!.toJSON())) } as {
      start: number;
      end: number;
      rowCount: number;
      cells: unknown[][];
    };
  };
  return {
    half,
    spec,
    stored: definition.spec as unknown as TableSpec,
    file: definition.more as TableFile,
    ask,
    rows,
    toSession,
  };
}

const towns = [
  { name: "Oslo", people: 709_000, coast: true, mean: 6.3, founded: new Date("1048-01-01") },
  { name: "Bergen", people: 291_000, coast: true, mean: null, founded: new Date("1070-01-01") },
  { name: "Røros", people: 5_600, coast: false, mean: 0.4, founded: new Date("1646-01-01") },
  { name: "Tromsø", people: null, coast: true, mean: 2.9, founded: null },
  { name: "Hamar", people: 28_000, coast: false, mean: 3.7, founded: new Date("1849-01-01") },
  { name: null, people: 28_000, coast: false, mean: -1.5, founded: new Date("1849-01-01") },
];

describe("rows of a table, from the kernel", () => {
  test("come as a page draws them: numbers, booleans and text, with how to draw each column", async () => {
    const { spec, rows } = await open(towns);
    assert.deepEqual(
      spec.columns.map(({ name, type, kind }) => [name, type, kind].join(" ")),
      [
        "name string text",
        "people int32 integer",
        "coast bool boolean",
        "mean float64 number",
        "founded timestamp[ms, UTC] time",
      ],
    );
    const { cells, rowCount } = await rows();
    assert.equal(rowCount, 6);
    assert.deepEqual(cells[0], ["Oslo", 709_000, true, 6.3, "1048-01-01T00:00:00Z"]);
    assert.deepEqual(cells[3], ["Tromsø", null, true, 2.9, null]);
    assert.deepEqual((await rows({ start: 4, end: 5, columns: [0] })).cells, [["Hamar"]]);
    assert.deepEqual((await rows({ start: 90, end: 99 })).cells, []);
  });

  test("are sorted by several columns, nulls last in both directions, equal rows as they stood", async () => {
    const { rows } = await open(towns);
    const names = async (sort: object[]) => (await rows({ sort })).cells.map(([name]) => name);
    assert.deepEqual(await names([{ column: 1, descending: false }]), [
      "Røros",
      "Hamar",
      null,
      "Bergen",
      "Oslo",
      "Tromsø",
    ]);
    assert.deepEqual(await names([{ column: 1, descending: true }]), [
      "Oslo",
      "Bergen",
      "Hamar",
      null,
      "Røros",
      "Tromsø",
    ]);
    assert.deepEqual(await names([{ column: 0, descending: true }]), [
      "Tromsø",
      "Røros",
      "Oslo",
      "Hamar",
      "Bergen",
      null,
    ]);
    assert.deepEqual(
      await names([
        { column: 2, descending: false },
        { column: 3, descending: true },
      ]),
      ["Hamar", "Røros", null, "Oslo", "Tromsø", "Bergen"],
    );
  });

  test("are filtered by ranges, values, text and nulls, all at once", async () => {
    const { rows } = await open(towns);
    const names = async (...filter: object[]) => (await rows({ filter })).cells.map(([name]) => name);
    assert.deepEqual(await names({ column: 1, op: "range", min: 28_000, max: 300_000 }), ["Bergen", "Hamar", null]);
    assert.deepEqual(await names({ column: 1, op: "range", max: 28_000, closed: false }), ["Røros"]);
    assert.deepEqual(await names({ column: 0, op: "contains", text: "RØ" }), ["Røros"]);
    assert.deepEqual(await names({ column: 0, op: "null" }), [null]);
    assert.deepEqual(await names({ column: 2, op: "in", values: [true] }, { column: 3, op: "present" }), [
      "Oslo",
      "Tromsø",
    ]);
    assert.deepEqual(await names({ column: 4, op: "range", min: Date.UTC(1600, 0, 1) }), ["Røros", "Hamar", null]);
    assert.equal((await rows({ filter: [{ column: 1, op: "range", min: 1e9 }] })).rowCount, 0);
  });

  test("are summed up: nulls, distinct values, limits and bins, the most frequent", async () => {
    const { ask } = await open(
      Array.from({ length: 1000 }, (_, i) => ({ n: i % 7 === 0 ? null : i, kind: i % 3 === 0 ? "a" : "b" })),
    );
    const [n, kind] = (await ask("summary", { columns: [0, 1] })).map(
      ({ fields }) => fields.summary as Record<string, unknown>,
    );
    assert.deepEqual([n!.nulls, n!.distinct, n!.min, n!.max], [143, 857, 1, 999]);
    assert.equal(
      (n!.bins as number[]).reduce((sum, count) => sum + count, 0),
      857,
    );
    assert.deepEqual(kind!.top, [
      { value: "b", count: 666 },
      { value: "a", count: 334 },
    ]);
    assert.equal(kind!.distinct, 2);
  });

  test("NaN, infinities, empty tables and columns of nulls are told as they are", async () => {
    const odd = await open([
      { a: NaN, b: null },
      { a: Infinity, b: null },
      { a: -0, b: null },
      { a: 1.5, b: null },
    ]);
    assert.deepEqual(
      (await odd.rows({ sort: [{ column: 0, descending: false }] })).cells.map(([a]) => a),
      [-0, 1.5, Infinity, NaN],
    );
    const [a, b] = (await odd.ask("summary", { columns: [0, 1] })).map(
      ({ fields }) => fields.summary as Record<string, unknown>,
    );
    assert.deepEqual([a!.min, a!.max], [-0, 1.5]);
    assert.equal(b!.nulls, 4);
    const empty = await open(new arrow.Table(new arrow.Schema([new arrow.Field("x", new arrow.Int32(), true)])));
    assert.deepEqual([empty.spec.rowCount, (await empty.rows()).cells], [0, []]);
    assert.equal((await empty.ask("summary", { columns: [0] }))[0]!.kind, "summary.ok");
  });

  test("of Arrow keep what they are: dictionaries, decimals, 64 bits, times, lists, WKB, H3, pictures", async () => {
    const words = arrow.vectorFromArray(
      ["north", "south", null, "north"],
      new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
    );
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      "base64",
    );
    const table = new arrow.Table({
      side: words,
      big: arrow.vectorFromArray([2n ** 60n + 1n, 5n, null, 7n], new arrow.Int64()),
      at: arrow.vectorFromArray([0, 86_400_000, null, 1], new arrow.TimestampMillisecond()),
      list: arrow.vectorFromArray(
        [[1, 2], [3], null, []],
        new arrow.List(new arrow.Field("item", new arrow.Float64())),
      ),
      h3: arrow.vectorFromArray([0x8828308281fffffn, 1n, null, 1n], new arrow.Uint64()),
      picture: arrow.vectorFromArray([png, null, png, png], new arrow.Binary()),
    });
    const { spec, rows } = await open(table);
    assert.deepEqual(
      spec.columns.map(({ kind }) => kind),
      ["text", "integer", "time", "list", "h3", "image"],
    );
    const { cells } = await rows();
    assert.equal(cells[0]![0], "north");
    assert.equal(cells[0]![1], "1152921504606846977");
    assert.equal(cells[1]![2], "1970-01-02T00:00:00");
    assert.deepEqual(JSON.parse(cells[0]![3] as string), { t: "[1, 2]", v: [1, 2] });
    assert.equal(cells[0]![4], "8828308281fffff");
    assert.match(String(cells[0]![5]), /^data:image\/png;base64,/);
    assert.deepEqual(cells[2]!, [null, null, null, null, null, cells[0]![5]]);
    assert.deepEqual(
      (await rows({ sort: [{ column: 0, descending: true }] })).cells.map(([side]) => side),
      ["south", "north", "north", null],
    );
  });

  test("geometries come as a small outline, null where there is none", async () => {
    const ring = [
      [0, 0],
      [10, 0],
      [10, 5],
      [0, 0],
    ];
    const { spec, rows } = await open([
      { at: { type: "Point", coordinates: [170, 80] } },
      { at: { type: "Polygon", coordinates: [ring] } },
      { at: null },
    ]);
    assert.equal(spec.columns[0]!.kind, "geometry");
    const { cells } = await rows();
    assert.equal((JSON.parse(String(cells[0]![0])) as { t: string }).t, "Point(170, 80)");
    assert.deepEqual(JSON.parse(String(cells[1]![0])), {
      t: "Polygon(4)",
      p: [[0, 50, 100, 50, 100, 0, 0, 50]],
      c: true,
    });
    assert.equal(cells[2]![0], null);
  });

  test("a page stays below a megabyte; what is left is asked for again", async () => {
    const { rows } = await open(
      Array.from({ length: 600 }, (_, i) =>
        Object.fromEntries(Array.from({ length: 20 }, (_c, c) => [`c${c}`, `${i} `.repeat(120)])),
      ),
    );
    const first = await rows({ end: 256 });
    assert.ok(first.end < 256 && first.end > 20, `${first.end} rows`);
    const next = await rows({ start: first.end, end: 256 });
    assert.equal(next.start, first.end);
  });

  test("300 columns: the notebook stores a list that is bounded, a page gets all", async () => {
    const { spec, stored, rows } = await open([
      Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`column ${i}`, i])),
      { "column 0": 1 },
    ]);
    assert.equal(spec.columns.length, 300);
    assert.ok(JSON.stringify(stored).length < 50_000);
    assert.deepEqual((await rows({ columns: [299] })).cells, [[299], [null]]);
  });

  test("are saved as CSV, Parquet and Arrow, sorted and filtered as they are shown", async () => {
    const { ask } = await open(towns);
    const order = { sort: [{ column: 1, descending: false }], filter: [{ column: 2, op: "in", values: [false] }] };
    const file = async (format: string) =>
      Buffer.concat((await ask("download", { req: 2, format, ...order })).map(({ buffers }) => buffers[0]!));
    assert.match(String(await file("csv")), /^name,people,coast,mean,founded\r?\nRøros,5600,false,0\.4,1646/);
    const bytes = await file("parquet");
    const stored = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    assert.deepEqual(
      stored.map(({ name, people }) => [name, people]),
      [
        ["Røros", 5600],
        ["Hamar", 28_000],
        [null, 28_000],
      ],
    );
    const back = arrow.tableFromIPC(await file("arrow"));
    assert.deepEqual(back.schema.fields.map(String), [
      "name: Utf8",
      "people: Int32",
      "coast: Bool",
      "mean: Float64",
      "founded: Timestamp<MILLISECOND, UTC>",
    ]);
    assert.equal(back.getChild("founded")!.get(0), Date.UTC(1646, 0, 1));
    const [failed] = await ask("download", { req: 3, format: "xlsx" });
    assert.deepEqual([failed!.kind, failed!.fields.message], ["failed", "There is no format xlsx."]);
  });

  test("numbers that mean times are saved to the last digit", async () => {
    const exact = 1_700_000_000_123_456_789n;
    const data = arrow.makeData({
      type: new arrow.TimestampNanosecond(),
      length: 2,
      nullCount: 0,
      data: new BigInt64Array([exact, 5n]),
    });
    const { ask } = await open(new arrow.Table({ at: arrow.makeVector(data), n: arrow.vectorFromArray([1, 2]) }));
    const [answer] = await ask("download", { req: 1, format: "arrow", sort: [{ column: 1, descending: true }] });
    const back = arrow.tableFromIPC(answer!.buffers[0]!).getChild("at")!;
    assert.deepEqual([...(back.data[0]!.values as BigInt64Array)], [5n, exact]);
  });

  test("what is selected is told to the cell by the rows' places in the value", async () => {
    const { ask, toSession } = await open(towns);
    await ask("select", { ranges: [[0, 2]], columns: [0, 1], sort: [{ column: 1, descending: true }] });
    assert.deepEqual(toSession.at(-1), { rows: [0, 1], columns: [0, 1] });
    await ask("select", { ranges: [[4, 5]], columns: [0], sort: [{ column: 1, descending: true }] });
    assert.deepEqual(toSession.at(-1), { rows: [2], columns: [0] });
  });

  test("a message that makes no sense is refused by name, and the file goes with the display", async () => {
    const { ask, half, file } = await open(towns);
    assert.equal(
      (await ask("rows", { req: 9, start: -1, end: 3, columns: [0] }))[0]!.fields.message,
      "-1 is no row number.",
    );
    assert.match(String((await ask("rows", { req: 9, start: 0, end: 3, columns: [7] }))[0]!.fields.message), /below 5/);
    await assert.rejects(ask("sing", {}), /takes no message sing/);
    assert.ok(existsSync(file.path));
    half.dispose();
    assert.ok(!existsSync(file.path));
  });
});
