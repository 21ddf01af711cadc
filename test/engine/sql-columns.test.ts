import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import * as duck from "@duckdb/node-api";
import { exportTable } from "../../engine/sql/duckdb-to-arrow.ts";

const connection = await (await duck.DuckDBInstance.create()).connect();

test("columns are copied as DuckDB stores them, nulls and long texts included, over several chunks", async () => {
  const rows = 5_000;
  const result = await connection.run(`SELECT
    CASE WHEN range % 3 = 0 THEN NULL ELSE range END AS n,
    (range / 4)::DOUBLE AS half,
    CASE WHEN range % 5 = 0 THEN NULL WHEN range % 5 = 1 THEN 'short' ELSE 'a longer text, with é and 漢 ' || range END AS words,
    range % 2 = 0 AS even,
    DATE '2024-02-28' + (range % 3)::INTEGER AS day,
    TIMESTAMP '2001-01-01 00:00:00.123456' AS at,
    (range / 100)::DECIMAL(10, 2) AS price,
    NULL AS nothing
    FROM range(${rows})`);
  const table = await exportTable(arrow, duck, result);
  assert.equal(table.numRows, rows);
  assert.deepEqual(
    table.schema.fields.slice(0, 7).map(({ type }) => String(type)),
    ["Int64", "Float64", "Utf8", "Bool", "Date32<DAY>", "Timestamp<MICROSECOND>", "Float64"],
  );
  for (const row of [0, 1, 2, 2047, 2048, 2049, 4999]) {
    const { n, half, words, even, price } = table.get(row)!.toJSON() as Record<string, unknown>;
    assert.equal(n, row % 3 === 0 ? null : BigInt(row));
    assert.equal(half, row / 4);
    const expected = row % 5 === 0 ? null : row % 5 === 1 ? "short" : `a longer text, with é and 漢 ${row}`;
    assert.equal(words, expected);
    assert.equal(even, row % 2 === 0);
    assert.equal(price, Number((row / 100).toFixed(2)));
  }
  assert.equal(table.getChild("n")!.nullCount, Math.ceil(rows / 3));
  assert.equal((table.getChild("at")!.data[0]!.values as BigInt64Array)[4999], 978307200123456n);
  assert.equal(new Date(table.getChild("day")!.get(1)).toISOString().slice(0, 10), "2024-02-29");
});

test("a result without rows has its columns", async () => {
  const table = await exportTable(arrow, duck, await connection.run("SELECT 1 AS a, 'x' AS b WHERE false"));
  assert.deepEqual([table.numRows, table.schema.names], [0, ["a", "b"]]);
});
