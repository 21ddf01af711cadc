import type { DuckDBDataChunk } from "@duckdb/node-api";
import type { DataType, Utf8, Vector } from "apache-arrow";

type Arrow = typeof import("apache-arrow");
type Numbers = BigInt64Array | Float64Array | Int32Array;

/** A chunk's column as @duckdb/node-api holds it, where that is what we take it for. */
interface RawVector {
  itemCount: number;
  validity?: { data: BigUint64Array | null; itemValid(index: number): boolean };
  /** Of columns of one width. */
  items?: unknown;
  /** Of texts: 16 bytes each, the length and, up to twelve, the letters themselves (DuckDB's string_t). */
  dataView?: DataView;
  getItem(index: number): unknown;
}

const rawVectors = (chunks: readonly DuckDBDataChunk[], column: number): RawVector[] =>
  chunks.map((chunk) => chunk.getColumnVector(column) as unknown as RawVector);

/**
 * A column of numbers of one width, copied as DuckDB stores it: no value becomes an object of JavaScript on the way.
 * Undefined where DuckDB stores it in another array.
 */
export function numbersVector(
  arrow: Arrow,
  type: DataType,
  ArrayOf: new (length: number) => object,
  chunks: readonly DuckDBDataChunk[],
  column: number,
): Vector | undefined {
  const parts = rawVectors(chunks, column);
  if (!parts.every(({ items, validity }) => items instanceof ArrayOf && validity !== undefined)) return undefined;
  const length = parts.reduce((sum, { itemCount }) => sum + itemCount, 0);
  const data = new ArrayOf(length) as Numbers;
  let at = 0;
  for (const { items, itemCount } of parts) {
    (data as Float64Array).set(items as Float64Array, at);
    at += itemCount;
  }
  const made = arrow.makeData({ type, length, data, ...nullsOf(parts, length) } as never);
  return arrow.makeVector(made) as Vector;
}

/** A column of texts; short ones are copied as bytes. Undefined where DuckDB stores it otherwise. */
export function textsVector(
  arrow: Arrow,
  chunks: readonly DuckDBDataChunk[],
  column: number,
): Vector<Utf8> | undefined {
  const parts = rawVectors(chunks, column);
  if (!parts.every(({ dataView, validity }) => dataView instanceof DataView && validity !== undefined))
    return undefined;
  const length = parts.reduce((sum, { itemCount }) => sum + itemCount, 0);
  const valueOffsets = new Int32Array(length + 1);
  const encoder = new TextEncoder();
  let data = new Uint8Array(Math.max(64, length * 8));
  let [row, end] = [0, 0];
  const room = (bytes: number): void => {
    if (end + bytes <= data.length) return;
    const larger = new Uint8Array(Math.max(data.length * 2, end + bytes));
    larger.set(data);
    data = larger;
  };
  for (const part of parts) {
    const view = part.dataView!;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const mayBeNull = part.validity!.data !== null;
    for (let i = 0; i < part.itemCount; i++) {
      if (!mayBeNull || part.validity!.itemValid(i)) {
        const size = view.getUint32(i * 16, true);
        room(size);
        if (size <= 12) for (let j = 0; j < size; j++) data[end + j] = bytes[i * 16 + 4 + j]!;
        else encoder.encodeInto(part.getItem(i) as string, data.subarray(end));
        end += size;
      }
      valueOffsets[++row] = end;
    }
  }
  const made = { type: new arrow.Utf8(), length, valueOffsets, data: data.subarray(0, end), ...nullsOf(parts, length) };
  return arrow.makeVector(arrow.makeData(made as never)) as unknown as Vector<Utf8>;
}

function nullsOf(parts: readonly RawVector[], length: number): { nullCount: number; nullBitmap: Uint8Array | null } {
  if (parts.every(({ validity }) => validity!.data === null)) return { nullCount: 0, nullBitmap: null };
  const nullBitmap = new Uint8Array(Math.ceil(length / 64) * 8);
  let [row, nullCount] = [0, 0];
  for (const { validity, itemCount } of parts) {
    for (let i = 0; i < itemCount; i++, row++) {
      if (validity!.itemValid(i)) nullBitmap[row >> 3]! |= 1 << (row & 7);
      else nullCount++;
    }
  }
  return { nullCount, nullBitmap };
}
