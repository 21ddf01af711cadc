import type { Field, Table } from "apache-arrow";
import type { Geometry, Position } from "geojson";
import { geometryFromWkb } from "./wkb.ts";

/** Reference systems in which coordinates are longitude and latitude in degrees. */
const degrees = /^$|^OGC:CRS84h?$|^EPSG:(4326|4979|4269)$/i;

const wkbNames = /^(geometry|geom|wkb|wkb_geometry)$/i;

/** Whether a value is an Arrow table, told by its shape, so that nobody loads Arrow only to ask. */
export function isArrowTable(value: unknown): value is Table {
  if (typeof value !== "object" || value === null) return false;
  const { batches, schema, getChildAt } = value as Partial<Table>;
  return Array.isArray(batches) && Array.isArray(schema?.fields) && typeof getChildAt === "function";
}

/** A geometry column of an Arrow table. */
export interface GeometryColumn {
  index: number;
  name: string;
  /** The GeoArrow encoding: `wkb`, `point`, `linestring`, `polygon`, `multipoint`, … */
  encoding: string;
  /** The reference system as the column's metadata has it; "" where it tells none (taken as longitude, latitude). */
  crs: string;
  isDegrees: boolean;
}

/**
 * What is known of a column that carries a GeoArrow extension name (geoarrow.org, "Extension types"), or holds bytes
 * under the name that GeoParquet writers give to well-known binary.
 */
export function geometryColumn(field: Field, index: number): GeometryColumn | undefined {
  const extension = field.metadata.get("ARROW:extension:name");
  const isBlobOfGeometry = !extension && wkbNames.test(field.name) && /Binary/.test(String(field.type));
  const name = isBlobOfGeometry ? "geoarrow.wkb" : extension;
  if (!name?.startsWith("geoarrow.")) return undefined;
  const crs = crsOf(field.metadata.get("ARROW:extension:metadata"));
  return { index, name: field.name, encoding: name.slice("geoarrow.".length), crs, isDegrees: degrees.test(crs) };
}

function crsOf(metadata: string | undefined): string {
  if (!metadata) return "";
  try {
    const { crs } = JSON.parse(metadata) as { crs?: unknown };
    if (!crs) return "";
    if (typeof crs === "string") return crs;
    const { id } = crs as { id?: { authority?: unknown; code?: unknown } };
    return id ? `${String(id.authority)}:${String(id.code)}` : JSON.stringify(crs);
  } catch {
    return "";
  }
}

/**
 * One cell of a geometry column as GeoJSON.
 * @throws TypeError for an encoding that is not known
 */
export function geometryFromCell(cell: unknown, encoding: string): Geometry | null {
  if (cell === null || cell === undefined) return null;
  switch (encoding) {
    case "wkb":
      return geometryFromWkb(cell as Uint8Array);
    case "point":
      return { type: "Point", coordinates: position(cell) };
    case "linestring":
      return { type: "LineString", coordinates: items(cell, position) };
    case "multipoint":
      return { type: "MultiPoint", coordinates: items(cell, position) };
    case "polygon":
      return { type: "Polygon", coordinates: items(cell, (ring) => items(ring, position)) };
    case "multilinestring":
      return { type: "MultiLineString", coordinates: items(cell, (line) => items(line, position)) };
    case "multipolygon":
      return {
        type: "MultiPolygon",
        coordinates: items(cell, (polygon) => items(polygon, (ring) => items(ring, position))),
      };
    default:
      throw new TypeError(`The geometry encoding geoarrow.${encoding} cannot be drawn; wkb and the native ones can.`);
  }
}

function items<T>(list: unknown, read: (item: unknown) => T): T[] {
  return Array.from(list as Iterable<unknown>, read);
}

/** Interleaved coordinates are a list of numbers, separated ones a struct of `x` and `y`. */
function position(cell: unknown): Position {
  const { x, y } = cell as { x?: unknown; y?: unknown };
  if (typeof x === "number" && typeof y === "number") return [x, y];
  return Array.from(cell as Iterable<number>).slice(0, 2);
}
