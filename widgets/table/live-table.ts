import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type * as Arrow from "apache-arrow";
import { widgetLink } from "../widget-link.ts";
import type { WidgetEntry } from "../widget-payload.ts";
import { columnSpec } from "./cell-kind.ts";
import { openColumns, writeColumns, type ColumnFile, type ColumnIndex } from "./column-file.ts";
import { pageOfRows } from "./kernel/page-rows.ts";
import type { TableFile } from "./kernel/table-half.ts";
import { arrowTableOf } from "./source-table.ts";
import type { TableLike } from "./table-source.ts";
import type { ColumnSpec, TableSpec } from "./table-spec.ts";

/** Where the kernel has its session put what displays are asked for later; the kernel removes it at its end. */
const folder = process.env.FUSED_DISPLAY_DIRECTORY;

/** Bytes of rows that one display keeps on disk; of a longer table the first rows. */
const largestFile = 4 * 2 ** 30;
/** Of what stands in the notebook: letters of the columns' list and of the first rows, and how many columns these have. */
const stored = { columns: 16_000, preview: 24_000, previewRows: 40, previewColumns: 30 };

export interface LiveTableOptions {
  title?: string;
  /** CSS pixels. */
  height?: number;
}

/**
 * Writes a table down for the kernel, and tells it of the display.
 * @returns what the notebook stores of it; undefined outside a notebook session
 */
export async function liveTable(
  value: TableLike,
  { title, height }: LiveTableOptions = {},
): Promise<WidgetEntry | undefined> {
  const link = widgetLink();
  if (!link || folder === undefined) return undefined;
  const arrow = await import("apache-arrow");
  const whole = await arrowTableOf(value);
  const table = upTo(whole, largestFile);
  const id = randomUUID();
  const path = join(folder, `${id}.columns`);
  let index: ColumnIndex;
  try {
    index = writeColumns(arrow, table, path);
  } catch (error) {
    // A full disk takes nothing from the cell: its first rows show all the same.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    rmSync(path, { force: true });
    return undefined;
  }
  const file = openColumns(arrow, path, index);
  try {
    const columns = index.columns.map((_column, i) => columnSpec(file.fields[i]!, i, firstChunk(file, i)));
    const spec: TableSpec = {
      version: 1,
      ...(title !== undefined && { title }),
      rowCount: table.numRows,
      columnCount: columns.length,
      ...storedPart(arrow, file, columns),
      ...(table !== whole && {
        notice: `The first ${table.numRows.toLocaleString("en-US")} of ${whole.numRows.toLocaleString("en-US")} rows`,
      }),
    };
    const more: TableFile = { path, index, columns };
    const entry = { id, kind: "table" as const, spec: spec as unknown as Record<string, unknown> };
    link.register({ ...entry, parts: [], more });
    return { ...entry, height: height ?? heightOf(table.numRows) };
  } finally {
    file.close();
  }
}

/** As high as a short table needs; a long one scrolls. */
const heightOf = (rows: number): number => Math.min(420, 130 + 24 * Math.max(1, rows));

function firstChunk(file: ColumnFile, column: number): Arrow.Vector | undefined {
  return file.dictionary(column) ?? (file.index.rowCount > 0 ? file.chunk(column, 0) : undefined);
}

/** The first rows, as many as are not more than so many bytes. */
function upTo(table: Arrow.Table, bytes: number): Arrow.Table {
  const size = table.batches.reduce((sum, { data }) => sum + data.byteLength, 0);
  return size <= bytes ? table : table.slice(0, Math.floor((table.numRows * bytes) / size));
}

/** The columns and rows that a page without a kernel has: as many as fit. */
function storedPart(
  arrow: typeof Arrow,
  file: ColumnFile,
  columns: ColumnSpec[],
): Pick<TableSpec, "columns" | "preview" | "previewRows"> {
  let letters = 0;
  const listed = columns.filter((column) => (letters += JSON.stringify(column).length) < stored.columns);
  const shown = listed.slice(0, stored.previewColumns).map((_column, i) => i);
  let rows = Math.min(stored.previewRows, file.index.rowCount);
  for (;;) {
    const { bytes } = pageOfRows(arrow, file, columns, undefined, 0, rows, shown);
    const preview = Buffer.from(bytes).toString("base64");
    if (preview.length <= stored.preview) return { columns: listed, preview, previewRows: rows };
    if (rows === 0) return { columns: listed, preview: "", previewRows: 0 };
    rows = Math.floor(rows / 2);
  }
}
