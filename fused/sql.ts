import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Table } from "apache-arrow";
import { openUrl } from "../engine/files/open-url.ts";
import { cellSignal } from "./cell-hooks.ts";
import { options } from "./options.ts";

/**
 * Runs SQL (DuckDB) over Parquet, CSV and JSON files, http addresses of such (of Parquet only the columns that the query
 * needs are fetched), and tables that are passed in; gives an Arrow Table. A UDF has the same as `fused.sql`.
 * @param query e.g. `select * from 'https://host/file.parquet' join t using (id)`
 * @param tables Arrow tables or arrays of rows by the names they have in the query
 * @throws Error with DuckDB's words; TypeError for a table that is none
 */
export async function sql(query: string, tables: Record<string, unknown> = {}): Promise<Table> {
  const { runSql } = await import("../engine/sql/run-sql.ts");
  const temporary = join(options.tempDirectory || tmpdir(), "fused", "sql");
  const { fdPrefix } = options;
  return runSql({ query, tables, open: openUrl, fdPrefix, temporary, signal: cellSignal() }) as Promise<Table>;
}
