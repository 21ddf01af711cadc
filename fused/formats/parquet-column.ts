import type { DataType, Decimal, Field, Int, Time, TimeUnit, Timestamp, Vector } from "apache-arrow";
import type { SchemaElement } from "hyparquet";
import { decimalInteger, plainCell } from "./arrow-cell.ts";
import { plainJson } from "./json.ts";

type Arrow = typeof import("apache-arrow");
type Element = Partial<SchemaElement>;

/** A column as the Parquet writer takes it. */
export interface ParquetColumn {
  elements: SchemaElement[];
  data: unknown[];
}

/** How values of a type are stored: the schema below the column's name, and the stored form of a cell. */
interface Storage {
  element: Element;
  children?: SchemaElement[];
  store(cell: unknown): unknown;
}

const optional = { repetition_type: "OPTIONAL" } as const;
const units = ["MILLIS", "MILLIS", "MICROS", "NANOS"] as const;

/** An Arrow column with its Parquet schema. Every column may hold nulls. */
export function parquetColumn(arrow: Arrow, name: string, type: DataType, vector: Vector): ParquetColumn {
  const storage = storageOf(arrow, type);
  const raw = arrow.DataType.isTimestamp(type) ? rawCells(vector) : Array.from(vector as Iterable<unknown>);
  const data = raw.map((cell) => (cell === null || cell === undefined ? null : storage.store(cell)));
  return { elements: elementsOf(name, storage), data };
}

function elementsOf(name: string, { element, children = [] }: Storage): SchemaElement[] {
  return [{ name, ...optional, ...element } as SchemaElement, ...children];
}

function storageOf(arrow: Arrow, type: DataType): Storage {
  const { DataType } = arrow;
  const as = (element: Element, store: Storage["store"] = (cell) => cell): Storage => ({ element, store });
  if (DataType.isDictionary(type)) return storageOf(arrow, type.dictionary as DataType);
  if (DataType.isBool(type)) return as({ type: "BOOLEAN" });
  if (DataType.isInt(type)) return integer(type as Int);
  if (DataType.isFloat(type)) return as({ type: type.precision === 2 ? "DOUBLE" : "FLOAT" });
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return as({ type: "BYTE_ARRAY", converted_type: "UTF8" });
  if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isFixedSizeBinary(type))
    return as({ type: "BYTE_ARRAY" });
  if (DataType.isDate(type)) {
    return as({ type: "INT32", converted_type: "DATE" }, (cell) => Math.floor(Number(cell) / 86_400_000));
  }
  if (DataType.isTimestamp(type)) return timestamp(type as Timestamp);
  if (DataType.isTime(type)) return time(type as Time);
  if (DataType.isDecimal(type)) return decimal(type as Decimal);
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) return list(arrow, type.children[0]!);
  if (DataType.isStruct(type)) return struct(arrow, type.children as Field[]);
  if (DataType.isNull(type)) return as({ type: "BYTE_ARRAY" });
  if (DataType.isDuration(type) || DataType.isInterval(type)) {
    return as({ type: "BYTE_ARRAY", converted_type: "UTF8" }, (cell) => String(plainCell(arrow, cell, type)));
  }
  return as({ type: "BYTE_ARRAY", converted_type: "JSON" }, (cell) => plainJson(plainCell(arrow, cell, type)));
}

function integer({ bitWidth, isSigned }: Int): Storage {
  const element: Element = {
    type: bitWidth === 64 ? "INT64" : "INT32",
    converted_type: `${isSigned ? "" : "U"}INT_${bitWidth}`,
  };
  return { element, store: (cell) => cell };
}

/** Cells are bigints in the type's own unit; seconds, which Parquet lacks, become milliseconds. */
function timestamp({ unit, timezone }: Timestamp): Storage {
  const factor = unit === 0 ? 1000n : 1n;
  const element: Element = {
    type: "INT64",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: Boolean(timezone), unit: units[unit] },
  };
  return { element, store: (cell) => (cell as bigint) * factor };
}

function time({ unit }: Time): Storage {
  const isNarrow = unit <= 1;
  const factor = unit === 0 ? 1000 : 1;
  const element: Element = {
    type: isNarrow ? "INT32" : "INT64",
    logical_type: { type: "TIME", isAdjustedToUTC: false, unit: units[unit as TimeUnit] },
  };
  return { element, store: (cell) => (isNarrow ? Number(cell) * factor : BigInt(cell as bigint)) };
}

function decimal({ precision, scale, bitWidth }: Decimal): Storage {
  const element: Element = {
    type: "FIXED_LEN_BYTE_ARRAY",
    type_length: bitWidth / 8,
    converted_type: "DECIMAL",
    precision,
    scale,
  };
  return { element, store: (cell) => decimalInteger(cell as Uint32Array) };
}

function list(arrow: Arrow, { type }: Field): Storage {
  const item = storageOf(arrow, type as DataType);
  return {
    element: { converted_type: "LIST", num_children: 1 },
    children: [{ name: "list", repetition_type: "REPEATED", num_children: 1 }, ...elementsOf("element", item)],
    store: (cell) => Array.from(cell as Iterable<unknown>, (each) => stored(item, arrow, type as DataType, each)),
  };
}

function struct(arrow: Arrow, fields: Field[]): Storage {
  const members = fields.map(({ name, type }) => ({
    name,
    type: type as DataType,
    storage: storageOf(arrow, type as DataType),
  }));
  return {
    element: { num_children: fields.length },
    children: members.flatMap(({ name, storage }) => elementsOf(name, storage)),
    store: (cell) =>
      Object.fromEntries(
        members.map(({ name, type, storage }) => [
          name,
          stored(storage, arrow, type, (cell as Record<string, unknown>)[name]),
        ]),
      ),
  };
}

/** A cell within another. Timestamps are milliseconds there: Arrow gives no others. */
function stored({ store }: Storage, arrow: Arrow, type: DataType, cell: unknown): unknown {
  if (cell === null || cell === undefined) return null;
  if (!arrow.DataType.isTimestamp(type)) return store(cell);
  const { unit } = type as Timestamp;
  const millis = Number(cell);
  return unit === 0 ? store(BigInt(Math.round(millis / 1000))) : store(BigInt(Math.round(millis * 1000 ** (unit - 1))));
}

/** The numbers that a timestamp column holds, where reading a cell would round them to milliseconds. */
function rawCells({ data }: Vector): (bigint | null)[] {
  return data.flatMap((chunk) => {
    const values = chunk.values as BigInt64Array;
    return Array.from({ length: chunk.length }, (_none, i) => (chunk.getValid(i) ? values[i]! : null));
  });
}
