import type { Table } from "apache-arrow";
import type { GeoJSON } from "geojson";

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
