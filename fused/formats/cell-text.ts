import { createRequire } from "node:module";
import type { Geometry } from "geojson";
import { isGeometry } from "../geojson.ts";
import { plainJson } from "./json.ts";

type Writer = { geojsonToWKT(geometry: Geometry): string };
let writer: Writer | undefined;

/**
 * A table's cell as text without loss: geometries are WKT, lists and objects JSON, bytes base64, dates ISO 8601, 64-bit
 * integers all their digits. Undefined for nothing.
 */
export function cellText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (isGeometry(value)) {
    writer ??= createRequire(import.meta.url)("@terraformer/wkt") as Writer;
    return writer.geojsonToWKT(value);
  }
  const json = plainJson(value);
  return typeof json === "string" ? json : JSON.stringify(json);
}
