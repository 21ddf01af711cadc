import type * as Arrow from "apache-arrow";
import type { ArrowKind } from "./encoded-value.ts";

/** The part of apache-arrow that is needed, so that its bundle in an isolate serves as well as the package itself. */
export type ArrowModule = Pick<typeof Arrow, "Table" | "tableToIPC" | "tableFromIPC">;

/** Which kind of Arrow object a value is, told by its shape: it may come from another copy of apache-arrow. */
export function arrowKindOf(value: object): ArrowKind | undefined {
  const { schema, batches, numRows, data, getChildAt, type } = value as Record<string, unknown>;
  if (typeof getChildAt !== "function") return undefined;
  if (isSchema(schema))
    return Array.isArray(batches) ? "Table" : typeof numRows === "number" ? "RecordBatch" : undefined;
  return Array.isArray(data) && typeof (type as { typeId?: unknown } | undefined)?.typeId === "number"
    ? "Vector"
    : undefined;
}

function isSchema(value: unknown): boolean {
  return typeof value === "object" && value !== null && Array.isArray((value as { fields?: unknown }).fields);
}

/** The IPC stream of an Arrow object. A batch or a vector is sent as a table of one batch or one column. */
export function arrowBytes(arrow: ArrowModule, kind: ArrowKind, value: object): Uint8Array {
  return arrow.tableToIPC(asTable(arrow, kind, value), "stream");
}

function asTable(arrow: ArrowModule, kind: ArrowKind, value: object): Arrow.Table {
  if (kind === "Table") return value as Arrow.Table;
  if (kind === "RecordBatch") return new arrow.Table([value as Arrow.RecordBatch]);
  return new arrow.Table({ values: value as Arrow.Vector });
}

/** The Arrow object in an IPC stream. */
export function arrowFrom(arrow: ArrowModule, kind: ArrowKind, bytes: Uint8Array): unknown {
  const table = arrow.tableFromIPC(bytes);
  if (kind === "Table") return table;
  return kind === "RecordBatch" ? table.batches[0] : table.getChildAt(0);
}
