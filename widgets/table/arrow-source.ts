import type { DataType, Field, Table, Vector } from "apache-arrow";
import { geometryColumn, geometryFromCell } from "../../engine/values/geoarrow.ts";
import type { TableColumn, TableSource } from "./table-source.ts";

/**
 * Arrow's type ids (format/Schema.fbs, as apache-arrow numbers them) of the types that need more than `String(type)`.
 */
const typeId = { decimal: 7, date: 8, time: 9, timestamp: 10, interval: 11, duration: 18, dictionary: -1 } as const;
const timeUnits = ["s", "ms", "µs", "ns"] as const;
const unitsInSecond = [1n, 1_000n, 1_000_000n, 1_000_000_000n] as const;

/** An Arrow table as it is shown. Reads only the cells that are asked for. */
export function arrowSource(table: Table): TableSource {
  return {
    rowCount: table.numRows,
    columns: table.schema.fields.map((field, index) => arrowColumn(table, field, index)),
  };
}

/** A geometry that cannot be read shows as what it is stored as. */
function arrowColumn(table: Table, field: Field, index: number): TableColumn {
  let vector: Vector | null | undefined;
  const cell = (row: number): unknown => (vector ??= table.getChildAt(index))?.get(row);
  const geometry = geometryColumn(field, index);
  if (!geometry)
    return { name: field.name, type: typeName(field.type), value: (row) => plainValue(cell(row), field.type) };
  const type = geometry.isDegrees ? "geometry" : `geometry (${geometry.crs})`;
  const value = (row: number) => {
    try {
      return geometryFromCell(cell(row), geometry.encoding);
    } catch {
      return plainValue(cell(row), field.type);
    }
  };
  return { name: field.name, type, value };
}

/** An Arrow type in the words that dataframe users know: `int64`, `list<float64>`, `timestamp[µs, UTC]`. */
export function typeName(type: DataType): string {
  const { typeId: id, unit } = type as DataType & { unit: number };
  switch (id) {
    case typeId.dictionary:
      return `${typeName((type as DataType & { dictionary: DataType }).dictionary)} (dictionary)`;
    case typeId.timestamp: {
      const { timezone } = type as DataType & { timezone: string | null };
      return `timestamp[${timeUnits[unit]}${timezone ? `, ${timezone}` : ""}]`;
    }
    case typeId.time:
      return `time[${timeUnits[unit]}]`;
    case typeId.duration:
      return `duration[${timeUnits[unit]}]`;
    case typeId.date:
      return unit === 0 ? "date" : "date[ms]";
    case typeId.decimal: {
      const { precision, scale } = type as DataType & { precision: number; scale: number };
      return `decimal(${precision}, ${scale})`;
    }
    default: {
      const [child] = type.children ?? [];
      const name = String(type)
        .replace(/[[<].*/s, "")
        .toLowerCase()
        .replace(/^(large)?utf8(view)?$/, "string");
      if (name === "struct") return `struct<${type.children.map(({ name: each }) => each).join(", ")}>`;
      return child && name !== "map" ? `${name}<${typeName(child.type)}>` : name;
    }
  }
}

/** Makes what Arrow stores as numbers into what they mean: dates, times, decimals; keys of structs and lists stay. */
export function plainValue(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return null;
  const { typeId: id, unit } = type as DataType & { unit: number };
  switch (id) {
    case typeId.dictionary:
      return plainValue(value, (type as DataType & { dictionary: DataType }).dictionary);
    case typeId.date:
      return unit === 0 ? new Date(Number(value)).toISOString().slice(0, 10) : new Date(Number(value));
    case typeId.timestamp:
      return timestampText(Number(value), (type as DataType & { timezone: string | null }).timezone);
    case typeId.time:
      return clockText(BigInt(value as bigint | number), unitsInSecond[unit]!);
    case typeId.duration:
      return `${String(value)} ${timeUnits[unit]}`;
    case typeId.decimal:
      return decimalText(value as Uint32Array, (type as DataType & { scale: number }).scale);
    default:
      return value;
  }
}

function timestampText(milliseconds: number, timezone: string | null): unknown {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return `${milliseconds} ms`;
  const text = date.toISOString().replace(/\.000Z$/, "Z");
  return timezone ? text : text.slice(0, -1);
}

function clockText(count: bigint, perSecond: bigint): string {
  const seconds = count / perSecond;
  const two = (n: bigint) => String(n).padStart(2, "0");
  const fraction = String(count % perSecond).padStart(String(perSecond).length - 1, "0");
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return count % perSecond === 0n ? clock : `${clock}.${fraction}`;
}

/** Words of 32 bits, least significant first, two's complement (Arrow columnar format, "Decimal"). */
function decimalText(words: Uint32Array, scale: number): string {
  let unscaled = 0n;
  for (let i = words.length - 1; i >= 0; i--) unscaled = (unscaled << 32n) | BigInt(words[i]!);
  unscaled = BigInt.asIntN(32 * words.length, unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${unscaled < 0n ? "-" : ""}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ""}`;
}
