import type { Table } from "apache-arrow";
import type { Geometry } from "geojson";
import { geojsonToWkb } from "hyparquet-writer";
import { geometryColumn, geometryFromCell } from "../../engine/values/geoarrow.ts";
import { totalBounds } from "../geojson.ts";

/** The geometry columns of a table as well-known binary, by index, and GeoParquet's metadata (geoparquet.org, 1.1.0). */
export interface GeoColumns {
  columns: Map<number, (Uint8Array | null)[]>;
  metadata: string;
}

/** Reads the geometry columns of a table; undefined where there are none. */
export function geoParquet(table: Table, names: string[]): GeoColumns | undefined {
  const columns: GeoColumns["columns"] = new Map();
  const facts: Record<string, object> = {};
  table.schema.fields.forEach((field, i) => {
    const column = geometryColumn(field, i);
    if (!column) return;
    const vector = table.getChildAt(i)!;
    const geometries = Array.from({ length: table.numRows }, (_none, row) =>
      geometryFromCell(vector.get(row), column.encoding),
    );
    const isWkb = column.encoding === "wkb";
    columns.set(
      i,
      geometries.map(
        (geometry, row) => geometry && (isWkb ? (vector.get(row) as Uint8Array) : geojsonToWkb(geometry as never)),
      ),
    );
    facts[names[i]!] = describeColumn(geometries, field.metadata.get("ARROW:extension:metadata"));
  });
  const [primary] = columns.keys();
  if (primary === undefined) return undefined;
  const metadata = { version: "1.1.0", primary_column: names[primary]!, columns: facts };
  return { columns, metadata: JSON.stringify(metadata) };
}

function describeColumn(geometries: (Geometry | null)[], extension: string | undefined): object {
  const given = geometries.filter((geometry) => geometry !== null);
  const { crs, edges } = readExtension(extension);
  const types = [...new Set(given.map((geometry) => `${geometry.type}${hasZ(geometry) ? " Z" : ""}`))].sort();
  return {
    encoding: "WKB",
    geometry_types: types,
    ...projJson(crs),
    ...(edges === "spherical" && { edges }),
    ...boxOf(given),
  };
}

function readExtension(text: string | undefined): { crs?: unknown; edges?: unknown } {
  try {
    return (JSON.parse(text || "{}") ?? {}) as object;
  } catch {
    return {};
  }
}

/**
 * The reference system as PROJJSON. Without the member GeoParquet takes OGC:CRS84. Of a system that is only named, no
 * more than name and id can be told.
 */
function projJson(crs: unknown): { crs?: unknown } {
  if (typeof crs === "object" && crs !== null) return { crs };
  if (typeof crs !== "string" || /^$|CRS84|EPSG:+4326$/.test(crs)) return {};
  const [, authority, code] = /(\w+):+(\w+)$/.exec(crs) ?? [];
  const type = "ProjectedCRS";
  return { crs: { type, name: crs, ...(authority && { id: { authority, code: Number(code) || code } }) } };
}

function hasZ(geometry: Geometry): boolean {
  let part: unknown = geometry.type === "GeometryCollection" ? geometry.geometries[0] : geometry.coordinates;
  if (part && !Array.isArray(part)) return hasZ(part as Geometry);
  while (Array.isArray(part) && Array.isArray(part[0])) part = part[0];
  return Array.isArray(part) && part.length > 2;
}

function boxOf(geometries: Geometry[]): { bbox?: number[] } {
  try {
    return { bbox: totalBounds({ type: "GeometryCollection", geometries }) };
  } catch {
    // Nothing but empty geometries: there is no box.
    return {};
  }
}
