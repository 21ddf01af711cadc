import type { FeatureCollection, GeoJSON, Feature } from "geojson";
import type { Table } from "apache-arrow";
import type { Raster } from "./results-raster.ts";
import { asRaster } from "./results-raster.ts";

/** What a run gave, sorted by how it shows. */
export type Result =
  | { kind: "empty" }
  | { kind: "table"; table: Table }
  | { kind: "rows"; rows: Record<string, unknown>[] }
  | { kind: "geojson"; geojson: GeoJSON }
  | { kind: "raster"; raster: Raster }
  | { kind: "image"; bytes: Uint8Array; mime: "image/png" | "image/jpeg" }
  | { kind: "html"; html: string }
  | { kind: "text"; text: string }
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "json"; value: unknown };

/**
 * Sorts a run's value by how it shows: an Arrow table, rows (an array of plain objects), GeoJSON, a raster (also as
 * `[raster, [w, s, e, n]]`), an encoded image, HTML (a string that begins with a tag), or plain JSON.
 */
export function classifyResult(value: unknown): Result {
  if (value === undefined || value === null) return { kind: "empty" };
  if (typeof value === "string") {
    return /^\s*<(!doctype|!--|[a-z])/i.test(value) ? { kind: "html", html: value } : { kind: "text", text: value };
  }
  if (typeof value !== "object") return { kind: "json", value };
  if (isArrowTable(value)) return { kind: "table", table: value };
  if (value instanceof ArrayBuffer) return classifyBytes(new Uint8Array(value));
  if (value instanceof Uint8Array) return classifyBytes(value);
  const raster = asRaster(value);
  if (raster) return { kind: "raster", raster };
  if (isGeoJson(value)) return { kind: "geojson", geojson: value };
  if (Array.isArray(value)) return classifyArray(value);
  return { kind: "json", value };
}

/** Whether a value is an Arrow table. Told by its shape, so that nobody loads Arrow only to ask. */
export function isArrowTable(value: unknown): value is Table {
  const table = value as Partial<Table> | null;
  return (
    typeof table === "object" &&
    table !== null &&
    Array.isArray(table.batches) &&
    Array.isArray(table.schema?.fields) &&
    typeof table.getChild === "function"
  );
}

const geometryTypes = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"];

/** Whether a value is a GeoJSON object (RFC 7946): a geometry, a Feature or a FeatureCollection. */
export function isGeoJson(value: unknown): value is GeoJSON {
  if (typeof value !== "object" || value === null) return false;
  const { type, coordinates, geometries, geometry, features } = value as Record<string, unknown>;
  if (type === "FeatureCollection") return Array.isArray(features);
  if (type === "Feature") return geometry === null || isGeoJson(geometry);
  if (type === "GeometryCollection") return Array.isArray(geometries);
  return geometryTypes.includes(type as string) && Array.isArray(coordinates);
}

/** Whether a value is an object literal or comes from one, rather than an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function classifyArray(values: unknown[]): Result {
  if (values.length > 0 && values.every((each) => isGeoJson(each) && each.type === "Feature")) {
    const geojson: FeatureCollection = { type: "FeatureCollection", features: values as Feature[] };
    return { kind: "geojson", geojson };
  }
  if (values.every((each) => isPlainObject(each) && !isGeoJson(each))) {
    return { kind: "rows", rows: values as Record<string, unknown>[] };
  }
  return { kind: "json", value: values };
}

function classifyBytes(bytes: Uint8Array): Result {
  const startsWith = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (startsWith(0x89, 0x50, 0x4e, 0x47)) return { kind: "image", bytes, mime: "image/png" };
  if (startsWith(0xff, 0xd8, 0xff)) return { kind: "image", bytes, mime: "image/jpeg" };
  return { kind: "bytes", bytes };
}
