import type * as Arrow from "apache-arrow";
import type { Geometry } from "geojson";
import { isArrowTable } from "../../engine/values/geoarrow.ts";
import { isGeometry } from "../geo/geojson.ts";
import {
  bigintColumn,
  binaryColumn,
  booleanColumn,
  dateColumn,
  integerColumn,
  numberColumn,
  tableOf,
  textColumn,
} from "./column-values.ts";
import { tableSource, type TableLike } from "./table-source.ts";

type ArrowModule = typeof Arrow;

/** Field metadata of a column whose cells are JSON text of what JavaScript had. */
export const jsonMark = "fused:json";

/**
 * What is shown as a table, as an Arrow table: Arrow as it is; of rows, numbers as Int32 where all are such and else as
 * Float64, bigints, booleans, dates and texts as such, geometries as GeoArrow WKB, bytes as bytes, and anything else as
 * JSON text under the mark `fused:json`.
 * @throws TypeError where the value is no table
 */
export async function arrowTableOf(value: TableLike): Promise<Arrow.Table> {
  if (isArrowTable(value)) return value;
  const arrow = await import("apache-arrow");
  const { rowCount, columns } = tableSource(value);
  const kinds = columns.map(({ value: at }) => kindOf(rowCount, at));
  const wkb = kinds.includes("geometry") ? (await import("hyparquet-writer")).geojsonToWkb : undefined;
  const made = columns.map(({ name, value: at }, i) => {
    switch (kinds[i]!) {
      case "integer":
        return { name, vector: integerColumn(arrow, rowCount, at) };
      case "number":
        return { name, vector: numberColumn(arrow, rowCount, at) };
      case "bigint":
        return { name, vector: bigintColumn(arrow, rowCount, at) };
      case "boolean":
        return { name, vector: booleanColumn(arrow, rowCount, at) };
      case "date":
        return { name, vector: dateColumn(arrow, rowCount, at) };
      case "text":
        return { name, vector: textColumn(arrow, rowCount, (row) => at(row) as string | null) };
      case "bytes":
        return { name, vector: binaryColumn(arrow, rowCount, (row) => at(row) as Uint8Array | null) };
      case "geometry":
        return geometryVector(arrow, name, rowCount, (row) => pointBytes(at(row)) ?? wkbOrNull(wkb!, at(row)));
      default: {
        const vector = textColumn(arrow, rowCount, (row) => jsonOf(at(row)));
        return { name, vector, metadata: new Map([[jsonMark, "1"]]) };
      }
    }
  });
  return tableOf(arrow, made, rowCount);
}

function geometryVector(
  arrow: ArrowModule,
  name: string,
  length: number,
  at: (row: number) => Uint8Array | null,
): { name: string; vector: Arrow.Vector; metadata: Map<string, string> } {
  const metadata = new Map([
    ["ARROW:extension:name", "geoarrow.wkb"],
    ["ARROW:extension:metadata", JSON.stringify({ crs: "OGC:CRS84" })],
  ]);
  return { name, vector: binaryColumn(arrow, length, at), metadata };
}

const point = new DataView(new ArrayBuffer(21));
point.setUint8(0, 1);
point.setUint32(1, 1, true);
const pointWkb = new Uint8Array(point.buffer);

/**
 * Well-known binary of a point in the plane, in bytes that the next one has too: a million points are common, and take a
 * tenth of the time this way. Undefined for anything else.
 */
function pointBytes(value: unknown): Uint8Array | undefined {
  const { type, coordinates } = (value ?? {}) as { type?: unknown; coordinates?: number[] };
  if (type !== "Point" || coordinates?.length !== 2) return undefined;
  point.setFloat64(5, coordinates[0]!, true);
  point.setFloat64(13, coordinates[1]!, true);
  return pointWkb;
}

/** A geometry without coordinates has no well-known binary. */
function wkbOrNull(wkb: (geometry: never) => Uint8Array, value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null;
  try {
    return wkb(value as Geometry as never);
  } catch {
    return null;
  }
}

type Kind = "integer" | "number" | "bigint" | "boolean" | "date" | "text" | "bytes" | "geometry" | "mixed";

/** The one kind of all values that are there; "mixed" where there are several. Looks at every value until it is mixed. */
function kindOf(length: number, at: (row: number) => unknown): Kind {
  let kind: Kind | undefined;
  for (let row = 0; row < length; row++) {
    const value = at(row);
    if (value === null || value === undefined) continue;
    const own = kindOfValue(value);
    if (kind === undefined || kind === own) kind = own;
    else if ((kind === "integer" && own === "number") || (kind === "number" && own === "integer")) kind = "number";
    else return "mixed";
  }
  return kind ?? "text";
}

function kindOfValue(value: unknown): Kind {
  switch (typeof value) {
    case "number":
      return value === (value | 0) && !Object.is(value, -0) ? "integer" : "number";
    case "bigint":
      return value === BigInt.asIntN(64, value) ? "bigint" : "mixed";
    case "boolean":
      return "boolean";
    case "string":
      return "text";
  }
  if (value instanceof Date) return "date";
  if (value instanceof Uint8Array) return "bytes";
  return isGeometry(value) ? "geometry" : "mixed";
}

/** What JSON has no form for is its text. */
function jsonOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  try {
    const json = JSON.stringify(value, (_key, each: unknown) => {
      if (typeof each === "bigint") return String(each);
      return ArrayBuffer.isView(each) && !(each instanceof DataView) ? Array.from(each as Uint8Array) : each;
    });
    return json ?? JSON.stringify(String(value));
  } catch {
    return JSON.stringify(Object.prototype.toString.call(value));
  }
}
