import type * as Arrow from "apache-arrow";
import type { ColumnFile } from "../column-file.ts";
import type { ColumnSpec, ColumnSummary, RowOrder } from "../table-spec.ts";
import { gatherRows } from "./gather-rows.ts";
import { pageOfRows } from "./page-rows.ts";
import { orderRows, type RowIds } from "./row-order.ts";
import { summarize } from "./summarize.ts";

type ArrowModule = typeof Arrow;

/** What a page may ask of a table. Rows are counted in the order that is asked for. */
export type TableRequest =
  | { kind: "rows"; page: number; start: number; end: number; columns: number[]; order: RowOrder }
  | { kind: "summary"; column: number }
  | { kind: "download"; format: DownloadFormat; order: RowOrder }
  /** Which rows of the table stand in these ranges. */
  | { kind: "locate"; ranges: [start: number, end: number][]; order: RowOrder };

export type DownloadFormat = "csv" | "parquet" | "arrow";

export type TableAnswer =
  | { kind: "rows"; start: number; end: number; rowCount: number; bytes: Uint8Array }
  | { kind: "summary"; summary: ColumnSummary }
  | { kind: "download"; bytes: Uint8Array; rowCount: number }
  | { kind: "locate"; rows: number[] };

/** Writes a table as a file's bytes. */
export type EncodeTable = (table: Arrow.Table, format: DownloadFormat) => Promise<Uint8Array>;

/** Answers the requests of all pages that show a table. */
export interface TableServer {
  answer(request: TableRequest): Promise<TableAnswer>;
  close(): void;
}

/** Rows of a selection that are named one by one. */
const mostLocated = 1_000_000;
/** Orders that stay computed. */
const keptOrders = 3;

/** @param columns how cells are drawn, for each of the file's columns */
export function serveTable(
  arrow: ArrowModule,
  file: ColumnFile,
  columns: readonly ColumnSpec[],
  encode: EncodeTable,
): TableServer {
  const orders = new Map<string, { ids: Promise<RowIds>; abort: AbortController; done: boolean }>();
  const summaries = new Map<number, Promise<ColumnSummary>>();
  const latest = new Map<number, string>();
  const closed = new AbortController();

  function rowIds(order: RowOrder, page?: number): Promise<RowIds> {
    if (order.sort.length === 0 && order.filter.length === 0) return Promise.resolve(undefined);
    const key = JSON.stringify([order.sort, order.filter]);
    if (page !== undefined) {
      const before = latest.get(page);
      latest.set(page, key);
      const left = before !== undefined && before !== key ? orders.get(before) : undefined;
      // What this page no longer waits for is computed on only for somebody else.
      if (left && !left.done && ![...latest.values()].includes(before!)) left.abort.abort(new Error("superseded"));
    }
    const found = orders.get(key);
    if (found) return found.ids;
    const abort = new AbortController();
    const ids = orderRows(file, order, AbortSignal.any([abort.signal, closed.signal]));
    const made = { ids, abort, done: false };
    orders.set(key, made);
    ids.then(
      () => (made.done = true),
      () => orders.delete(key),
    );
    while (orders.size > keptOrders) orders.delete(orders.keys().next().value!);
    return ids;
  }

  return {
    async answer(request) {
      switch (request.kind) {
        case "rows": {
          const { start, end, columns: asked, order, page } = request;
          const ids = await rowIds(order, page);
          const rowCount = ids ? ids.length : file.index.rowCount;
          const from = Math.min(start, rowCount);
          const found = pageOfRows(arrow, file, columns, ids, from, Math.min(end, rowCount), asked);
          return { kind: "rows", start: from, end: found.end, rowCount, bytes: found.bytes };
        }
        case "summary": {
          const { column } = request;
          if (!summaries.has(column))
            summaries.set(column, summarize(file, column, columns[column]!.kind, closed.signal));
          return { kind: "summary", summary: await summaries.get(column)! };
        }
        case "download": {
          const ids = await rowIds(request.order);
          const table = await gatherRows(arrow, file, ids, closed.signal);
          return { kind: "download", bytes: await encode(table, request.format), rowCount: table.numRows };
        }
        case "locate": {
          const ids = await rowIds(request.order);
          const rows: number[] = [];
          for (const [start, end] of request.ranges) {
            for (let i = start; i < end && rows.length < mostLocated; i++) rows.push(ids ? ids[i]! : i);
          }
          return { kind: "locate", rows };
        }
      }
    },
    close() {
      closed.abort(new Error("The table's display was closed."));
      file.close();
    },
  };
}
