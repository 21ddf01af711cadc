import type * as Arrow from "apache-arrow";
import { plainValue } from "../arrow-source.ts";
import type { ColumnFile } from "../column-file.ts";

/** How a column's cells are compared. */
export type Measure = "number" | "text" | "other";

/** What sort, filter and summary read of a column. */
export interface ColumnReader {
  measure: Measure;
  /** Calls with each chunk's numbers (times in milliseconds); NaN where a cell is null. */
  numbers(chunk: number): Float64Array;
  /** The cells of a chunk as text (or number, or boolean); null where there is none. */
  cells(chunk: number): (string | number | boolean | null)[];
  /** Of a dictionary column: the chunk's indices (−1: null) and what they mean. */
  codes?(chunk: number): { codes: Int32Array; values: (string | number | boolean | null)[] };
}

export function readColumn(file: ColumnFile, column: number): ColumnReader {
  const field = file.fields[column]!;
  const dictionary = file.dictionary(column);
  const type = dictionary ? dictionary.type : field.type;
  const measure = measureOf(type);
  let meanings: (string | number | boolean | null)[] | undefined;
  const codes = (chunk: number) => {
    meanings ??= cellsOf(dictionary!, type);
    const vector = file.chunk(column, chunk);
    const values = vector.toArray() as ArrayLike<number>;
    const out = new Int32Array(vector.length);
    for (let row = 0; row < out.length; row++) out[row] = Number(values[row]);
    if (vector.nullCount > 0) for (let row = 0; row < out.length; row++) if (!vector.isValid(row)) out[row] = -1;
    return { codes: out, values: meanings };
  };
  return {
    measure,
    numbers(chunk) {
      if (!dictionary) return numbersOf(file.chunk(column, chunk), type);
      const { codes: all, values } = codes(chunk);
      return Float64Array.from(all, (code) => (code < 0 ? NaN : Number(values[code] ?? NaN)));
    },
    cells(chunk) {
      if (!dictionary) return cellsOf(file.chunk(column, chunk), type);
      const { codes: all, values } = codes(chunk);
      return Array.from(all, (code) => (code < 0 ? null : values[code]!));
    },
    ...(dictionary && { codes }),
  };
}

const ids = { int: 2, float: 3, utf8: 5, decimal: 7, date: 8, time: 9, timestamp: 10, duration: 18, largeUtf8: 20 };
const numeric = [ids.int, ids.float, ids.decimal, ids.date, ids.time, ids.timestamp, ids.duration];

function measureOf(type: Arrow.DataType): Measure {
  const { typeId } = type as { typeId: number };
  if (numeric.includes(typeId)) return "number";
  return typeId === ids.utf8 || typeId === ids.largeUtf8 ? "text" : "other";
}

function numbersOf(vector: Arrow.Vector, type: Arrow.DataType): Float64Array {
  const { typeId, unit } = type as Arrow.DataType & { typeId: number; unit: number };
  const { length } = vector;
  const out = new Float64Array(length);
  if (typeId === ids.int || typeId === ids.float) {
    let at = 0;
    for (const data of vector.data) {
      const values = data.values as ArrayLike<number | bigint>;
      if (typeId === ids.float && (type as { precision?: number }).precision === 0) {
        for (let row = 0; row < data.length; row++) out[at + row] = vector.get(at + row) as number;
      } else if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
        for (let row = 0; row < data.length; row++) out[at + row] = Number(values[row]);
      } else out.set((values as Float64Array).subarray(0, data.length), at);
      at += data.length;
    }
    if (vector.nullCount > 0) for (let row = 0; row < length; row++) if (!vector.isValid(row)) out[row] = NaN;
    return out;
  }
  for (let row = 0; row < length; row++) {
    const value: unknown = vector.get(row);
    out[row] = value === null ? NaN : numberOf(value, type, typeId, unit);
  }
  return out;
}

function numberOf(value: unknown, type: Arrow.DataType, typeId: number, unit: number): number {
  // Dates and timestamps are milliseconds here whatever their unit.
  if (typeId === ids.date || typeId === ids.timestamp) return Number(value);
  if (typeId === ids.time) return Number(value) / [1e-3, 1, 1e3, 1e6][unit]!;
  if (typeId === ids.decimal) return Number(plainValue(value, type));
  return Number(value);
}

function cellsOf(vector: Arrow.Vector, type: Arrow.DataType): (string | number | boolean | null)[] {
  return Array.from({ length: vector.length }, (_none, row) => {
    const value = plainValue(vector.get(row), type);
    if (value === null || typeof value === "number" || typeof value === "boolean") return value as number | null;
    if (typeof value === "string" || typeof value === "bigint") return String(value);
    return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? String(each) : each)) ?? null;
  });
}
