import type { DuckDBMaterializedResult, DuckDBResultReader } from "@duckdb/node-api";
import type { Table } from "apache-arrow";

/** What `connection.run(sql)` and `connection.runAndReadAll(sql)` of @duckdb/node-api give. */
export type DuckDbResult = DuckDBMaterializedResult | DuckDBResultReader;

/** Told by its shape, so that nobody loads DuckDB only to ask. */
export function isDuckDbResult(value: unknown): value is DuckDbResult {
  if (typeof value !== "object" || value === null) return false;
  const { columnNames, columnType, fetchAllChunks, readAll } = value as Record<string, unknown>;
  const reads = typeof fetchAllChunks === "function" || typeof readAll === "function";
  return typeof columnNames === "function" && typeof columnType === "function" && reads;
}

/** Rows are fetched from a result once only: its table is kept beside it. */
const tables = new WeakMap<DuckDbResult, Promise<Table>>();

/** A result's rows as an Arrow table. */
export function duckDbTable(result: DuckDbResult): Promise<Table> {
  const known = tables.get(result);
  if (known) return known;
  const made = read(result);
  tables.set(result, made);
  return made;
}

async function read(result: DuckDbResult): Promise<Table> {
  const [arrow, duck, { exportTable }] = await Promise.all([
    import("apache-arrow"),
    import("@duckdb/node-api"),
    import("../../engine/sql/duckdb-to-arrow.ts"),
  ]);
  if (!("readAll" in result)) return exportTable(arrow, duck, result);
  await result.readAll();
  const columns = result.getColumns();
  const chunk = { getColumnValues: (column: number) => columns[column]! };
  const whole = {
    fetchAllChunks: async () => [chunk],
    columnNames: () => result.columnNames(),
    columnType: (column: number) => result.columnType(column),
  };
  return exportTable(arrow, duck, whole as unknown as DuckDBMaterializedResult);
}
