import assert from "node:assert/strict";
import { test } from "node:test";
import { widgetMime, type WidgetPayload } from "../../widgets/widget-payload.ts";
import { openTestKernel } from "../kernel/talk.ts";
import { resultOf } from "./result-of.ts";

const kernel = await openTestKernel();
const shown = (code: string) => resultOf(kernel, code);
const widgets = (data: Record<string, unknown>) => (data[widgetMime] as WidgetPayload).widgets;

test("rows show as a live table, with their first rows as HTML and text beside it", async () => {
  const data = await shown("Array.from({ length: 2000 }, (_, i) => ({ i, half: i / 2 }))");
  assert.deepEqual(Object.keys(data).sort(), [widgetMime, "text/html", "text/plain"].sort());
  const [table] = widgets(data);
  assert.deepEqual([table!.kind, table!.spec.rowCount, table!.spec.columnCount], ["table", 2000, 2]);
  assert.ok(JSON.stringify(data).length < 20_000, "no more than some rows is stored");
});

test("a result of DuckDB's own package is a table, shown twice as well", async () => {
  await kernel.run(`const { DuckDBInstance } = await import("@duckdb/node-api");
const connection = await (await DuckDBInstance.create()).connect();
const result = await connection.run("SELECT range AS n, 'row ' || range AS name FROM range(3000)");
const reader = await connection.runAndReadAll("SELECT 1 AS one, DATE '2024-02-29' AS day FROM range(2)");`);
  for (let times = 0; times < 2; times++) {
    const data = await shown("result");
    assert.match(String(data["text/plain"]), /^3,000 rows × 2 columns\n\n +n +name\nint64 +string/);
    assert.equal(widgets(data)[0]!.spec.rowCount, 3000);
  }
  assert.match(String((await shown("reader"))["text/plain"]), /2024-02-29/);
});

test("fused.table holds what is selected, is one display however often it is shown, and refuses what is no table", async () => {
  const first = await shown(
    `const towns = fused.table([{ name: "Oslo" }, { name: "Bergen" }], { title: "Towns", height: 200 }); towns`,
  );
  const again = await shown("towns");
  assert.equal(widgets(first)[0]!.id, widgets(again)[0]!.id);
  assert.equal(widgets(first)[0]!.height, 200);
  assert.match(String(first["text/plain"]), /^Towns: 2 rows × 1 column/);
  assert.equal((await kernel.run("towns.selection")).result, "{ rows: [], columns: [ 'name' ] }");
  assert.equal((await kernel.run("towns.selected()")).result, "[]");
  assert.match((await kernel.run("fused.table(42)")).error, /A table is an Arrow table, an array of row objects/);
  assert.match((await kernel.run("towns.on('click', () => {})")).error, /event "select"/);
});

test("with show.showWidget off there is text alone", async () => {
  await kernel.run("fused.options.show.showWidget = false");
  assert.deepEqual(Object.keys(await shown("[{ a: 1 }, { a: 2 }]")), ["text/plain"]);
  await kernel.run("fused.options.show.showWidget = true");
});
