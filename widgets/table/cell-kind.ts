import type { DataType, Field, Vector } from "apache-arrow";
import { geometryColumn } from "../../engine/values/geoarrow.ts";
import { typeName } from "./arrow-source.ts";
import { jsonMark } from "./source-table.ts";
import type { CellKind, ColumnSpec } from "./table-spec.ts";

/** Ids of Arrow's types (format/Schema.fbs, as apache-arrow numbers them). */
const id = {
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  list: 12,
  fixedBinary: 15,
  fixedList: 16,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
  dictionary: -1,
} as const;

/** Cells that are looked at to tell what a column holds, and how many decimals its numbers need. */
const looked = 200;

/**
 * How a column's cells are drawn.
 * @param first a chunk with the column's first cells (of a dictionary: its values)
 */
export function columnSpec(field: Field, index: number, first: Vector | undefined): ColumnSpec {
  const geometry = geometryColumn(field, index);
  const marked = field.metadata.has(jsonMark);
  const type = geometry
    ? geometry.isDegrees
      ? "geometry"
      : `geometry (${geometry.crs})`
    : marked
      ? "json"
      : typeName(field.type);
  const kind = geometry ? "geometry" : marked ? "json" : kindOf(field.type, field.name, first);
  const decimals = kind === "number" && first ? decimalsOf(first) : undefined;
  return { name: field.name, type, kind, ...(decimals !== undefined && { decimals }) };
}

function kindOf(type: DataType, name: string, first: Vector | undefined): CellKind {
  const { typeId } = type as { typeId: number };
  switch (typeId) {
    case id.dictionary:
      return kindOf((type as DataType & { dictionary: DataType }).dictionary, name, first);
    case id.int:
      return /^(h3|hex|h3_?\w*|\w*_h3)$/i.test(name) && (type as DataType & { bitWidth: number }).bitWidth === 64
        ? "h3"
        : "integer";
    case id.decimal:
    case id.duration:
      return "integer";
    case id.float:
      return "number";
    case id.bool:
      return "boolean";
    case id.date:
    case id.time:
    case id.timestamp:
      return "time";
    case id.utf8:
    case id.largeUtf8:
      return textKind(first);
    case id.binary:
    case id.largeBinary:
    case id.fixedBinary:
      return someCells(first, 5).some(isPicture) ? "image" : "bytes";
    case id.list:
    case id.fixedList: {
      const child = (type.children[0]!.type as { typeId: number }).typeId;
      return child === id.int || child === id.float ? "list" : "json";
    }
    default:
      return "json";
  }
}

function textKind(first: Vector | undefined): CellKind {
  const texts = someCells(first, 20) as string[];
  if (texts.length === 0) return "text";
  // An H3 cell in hexadecimal: mode 1, resolution, base cell (h3geo.org, "H3 Index Bit Layout").
  if (texts.every((text) => /^8[0-9a-f]{14}$/i.test(text))) return "h3";
  return texts.every((text) => /^data:image\/(png|jpeg|gif|webp);base64,/.test(text)) ? "image" : "text";
}

/** The first bytes of PNG, JPEG, GIF, WebP. */
export function isPicture(bytes: unknown): boolean {
  if (!(bytes instanceof Uint8Array)) return false;
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  return /^(\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP)/s.test(head);
}

/** Up to so many cells that are there. */
function someCells(vector: Vector | undefined, count: number): unknown[] {
  const found: unknown[] = [];
  for (let row = 0; vector && row < Math.min(vector.length, looked) && found.length < count; row++) {
    const value: unknown = vector.get(row);
    if (value !== null) found.push(value);
  }
  return found;
}

/** Decimals that the first numbers need, six at most. */
function decimalsOf(vector: Vector): number {
  let most = 0;
  for (const value of someCells(vector, looked) as number[]) {
    if (!Number.isFinite(value) || Number.isInteger(value) || Math.abs(value) < 1e-4 || Math.abs(value) >= 1e12)
      continue;
    const digits = Number(value.toPrecision(9)).toFixed(6).replace(/0+$/, "");
    most = Math.max(most, digits.length - digits.indexOf(".") - 1);
  }
  return most;
}
