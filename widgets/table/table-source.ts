import type { FeatureCollection, GeoJSON } from "geojson";
import type { Table } from "apache-arrow";
import { featuresOf, isGeoJson, isGeometry } from "../geo/geojson.ts";
import { isArrowTable } from "../../engine/values/geoarrow.ts";
import { isPlainObject } from "../plain-object.ts";
import { arrowSource } from "./arrow-source.ts";

/** A table as it is shown: named columns with a type each, values on demand. */
export interface TableSource {
  rowCount: number;
  columns: TableColumn[];
}

export interface TableColumn {
  name: string;
  type: string;
  value(row: number): unknown;
}

export type Row = Record<string, unknown>;
export type Columns = Record<string, ArrayLike<unknown> | { length: number; get(index: number): unknown }>;
export type TableLike = Table | Row[] | FeatureCollection | GeoJSON | Columns;

/** Names are looked for in this many rows, types in this many. */
const rowsScannedForNames = 100_000;
const rowsScannedForTypes = 1_000;

/**
 * Reads any of the shapes a table comes in: an Arrow table, an array of row objects, GeoJSON (properties, then the
 * geometry), or an object of columns.
 * @throws TypeError for any other value
 */
export function tableSource(value: TableLike): TableSource {
  if (isArrowTable(value)) return arrowSource(value);
  if (Array.isArray(value)) return rowSource(value);
  if (isGeoJson(value)) return featureSource(value);
  if (isPlainObject(value) && Object.values(value).every(isColumn)) return columnSource(value as Columns);
  throw new TypeError(
    "A table is an Arrow table, an array of row objects, GeoJSON or an object of columns of equal length; " +
      `this is ${value === null || value === undefined ? String(value) : `${typeof value === "object" ? "an" : "a"} ${typeof value}`}.`,
  );
}

function rowSource(rows: Row[]): TableSource {
  const names = namesIn(rows, (row) => row);
  return {
    rowCount: rows.length,
    columns: names.map((name) => column(name, rows.length, (i) => rows[i]?.[name])),
  };
}

/** Names that the first rows have. */
function namesIn<Of>(all: Of[], rowOf: (each: Of) => object | null): string[] {
  const names = new Set<string>();
  const end = Math.min(all.length, rowsScannedForNames);
  for (let i = 0; i < end; i++) for (const name in rowOf(all[i]!)) names.add(name);
  return [...names];
}

function featureSource(geojson: GeoJSON): TableSource {
  const features = featuresOf(geojson);
  const names = namesIn(features, ({ properties }) => properties);
  const columns = names.map((name) => column(name, features.length, (i) => features[i]?.properties?.[name]));
  if (features.some(({ id }) => id !== undefined) && !columns.some(({ name }) => name === "id")) {
    columns.unshift(column("id", features.length, (i) => features[i]?.id));
  }
  columns.push({ name: "geometry", type: "geometry", value: (i) => features[i]?.geometry });
  return { rowCount: features.length, columns };
}

function columnSource(columns: Columns): TableSource {
  const entries = Object.entries(columns);
  const rowCount = Math.max(0, ...entries.map(([, values]) => values.length));
  const read = (values: Columns[string]) =>
    "get" in values && typeof values.get === "function"
      ? (i: number) => (i < values.length ? (values.get as (index: number) => unknown)(i) : null)
      : (i: number) => (values as ArrayLike<unknown>)[i];
  return { rowCount, columns: entries.map(([name, values]) => column(name, rowCount, read(values))) };
}

/** Whether a value is a column of a table: an array, a typed array or an Arrow vector. */
function isColumn(value: unknown): boolean {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return true;
  const { length, get } = (value ?? {}) as { length?: unknown; get?: unknown };
  return typeof value === "object" && typeof length === "number" && typeof get === "function";
}

function column(name: string, rowCount: number, value: (row: number) => unknown): TableColumn {
  const types = new Set<string>();
  for (let row = 0; row < Math.min(rowCount, rowsScannedForTypes); row++) {
    const type = typeOf(value(row));
    if (type) types.add(type);
  }
  return { name, type: [...types].join(" | ") || "null", value };
}

/** The TypeScript name of a value's type, or that of its class; undefined for null and for what is missing. */
function typeOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== "object") return typeof value;
  if (Array.isArray(value)) return "array";
  if (isGeometry(value)) return "geometry";
  if (isPlainObject(value)) return "object";
  return value.constructor.name || "object";
}
