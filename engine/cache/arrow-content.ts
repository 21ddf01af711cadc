import type { Data, Field, RecordBatch, Schema, Table, Vector } from "apache-arrow";
import type { ContentSink } from "./content.ts";

/** Numbers of apache-arrow's `Type` (format/Schema.fbs) whose values are plain numbers of one width. */
const fixedWidth = new Set([2, 3, 8, 9, 10, 18]);
const utf8 = 5;
const binary = 4;

/**
 * Writes what a table, batch or vector holds: column names and types in order, then the values. How the rows are cut into
 * batches makes no difference, and neither does what stands where a value is null.
 * @param writeValue writes one value of a column that is read value by value
 */
export function writeArrowContent(value: object, sink: ContentSink, writeValue: (value: unknown) => void): void {
  if (!("schema" in value)) return writeColumn(value as Vector, sink, writeValue);
  const table = value as Table | RecordBatch;
  const { fields } = table.schema as Schema;
  sink.write(`T${fields.length},${table.numRows}:`);
  fields.forEach((field: Field, i) => {
    sink.write(`k${field.name.length}:${field.name}${describeMetadata(field.metadata)}`);
    writeColumn(table.getChildAt(i)!, sink, writeValue);
  });
}

function writeColumn(column: Vector, sink: ContentSink, writeValue: (value: unknown) => void): void {
  const { type, length } = column;
  sink.write(`C${String(type)},${length}:`);
  const { typeId } = type as { typeId: number };
  const chunks = column.data as readonly Data[];
  const isWhole = chunks.every((chunk) => chunk.nullCount === 0);
  if (isWhole && fixedWidth.has(typeId)) {
    for (const chunk of chunks) sink.write(fixedBytes(chunk));
  } else if (isWhole && (typeId === utf8 || typeId === binary)) {
    for (const chunk of chunks) sink.write(lengthsOf(chunk));
    for (const chunk of chunks) sink.write(variableBytes(chunk));
  } else {
    for (let i = 0; i < length; i++) writeValue(plainValue(column.get(i)));
  }
}

/** The values of a chunk; apache-arrow has cut them to its offset and length already, but for what pads the end. */
function fixedBytes({ values, length, stride }: Data): Uint8Array {
  const cut = (values as Float64Array).subarray(0, length * stride);
  return new Uint8Array(cut.buffer, cut.byteOffset, cut.byteLength);
}

function lengthsOf({ valueOffsets, length }: Data): Uint8Array {
  const lengths = new Int32Array(length);
  for (let i = 0; i < length; i++) lengths[i] = Number(valueOffsets[i + 1]) - Number(valueOffsets[i]);
  return new Uint8Array(lengths.buffer);
}

function variableBytes({ valueOffsets, values, length }: Data): Uint8Array {
  return (values as Uint8Array).subarray(Number(valueOffsets[0] ?? 0), Number(valueOffsets[length] ?? 0));
}

function describeMetadata(metadata: Map<string, string>): string {
  return metadata.size === 0 ? "" : JSON.stringify([...metadata].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Rows of structs and lists of vectors as plain values. */
function plainValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof Date) return value;
  if (typeof (value as Vector).getChildAt === "function" || Array.isArray(value))
    return [...(value as Iterable<unknown>)].map(plainValue);
  if (typeof (value as { toJSON?: unknown }).toJSON !== "function") return value;
  const json = (value as { toJSON(): unknown }).toJSON();
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, plainValue(each)]));
}
