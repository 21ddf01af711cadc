/** How the browser draws a column's cells. */
export type CellKind =
  "number" | "integer" | "boolean" | "text" | "time" | "geometry" | "h3" | "image" | "list" | "json" | "bytes";

export interface ColumnSpec {
  name: string;
  /** In the words that dataframe users know: `int64`, `timestamp[µs, UTC]`. */
  type: string;
  kind: CellKind;
  /** Of numbers: digits after the point. */
  decimals?: number;
}

/** What a notebook stores of a table; `version` says how to read it. */
export interface TableSpec {
  version: 1;
  title?: string;
  rowCount: number;
  columnCount: number;
  /** The first ones, as many as fit into a notebook; a page with a kernel gets all. */
  columns: ColumnSpec[];
  /** The first rows of these columns, as a page of rows (Arrow IPC, base64), for a page without a kernel. */
  preview: string;
  previewRows: number;
  /** Pages of rows after the preview, of the same columns; `previewRows` counts theirs too. In exported pages. */
  morePages?: string[];
  /** Why the kernel cannot show more than the preview. */
  notice?: string;
}

/** One step of a sort; steps stand in the order of their weight. Nulls come last either way. */
export interface SortStep {
  column: number;
  descending: boolean;
}

/** What a row must meet to be shown; all conditions must hold. */
export type Condition =
  | { column: number; op: "range"; min?: number; max?: number; /** Whether `max` itself is in. */ closed?: boolean }
  | { column: number; op: "in"; values: (string | number | boolean)[] }
  | { column: number; op: "contains"; text: string }
  | { column: number; op: "null" }
  | { column: number; op: "present" };

/** Which rows are shown, and in which order. */
export interface RowOrder {
  sort: SortStep[];
  filter: Condition[];
}

/** What a column holds, for its header. */
export interface ColumnSummary {
  column: number;
  nulls: number;
  /** About how many different values there are; of geometries, lists and the like they are not counted. */
  distinct?: number;
  /** Whether only a part of the rows was read. */
  sampled: boolean;
  /** Of numbers and times (milliseconds). */
  min?: number;
  max?: number;
  /** Counts of equally wide bins from `min` to `max`. */
  bins?: number[];
  /** The most frequent values of other columns. */
  top?: { value: string | number | boolean; count: number }[];
}
