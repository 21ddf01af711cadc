import type { Geometry } from "geojson";
import { areaValue, readArea } from "./area.ts";
import { BadValue } from "./bad-value.ts";
import { asFeatureCollection, isGeometry } from "./geojson.ts";
import { parseJson } from "./json-text.ts";
import { isArrowTable, isPlainObject } from "./results.ts";
import { isWkt, parseWkt } from "./wkt.ts";

/** An array, a typed array, or JSON text of an array. @throws BadValue */
export function toList(value: unknown): unknown {
  const list = fromText(value, "an array, as JSON such as [1, 2]");
  if (Array.isArray(list) || ArrayBuffer.isView(list)) return list;
  if (list instanceof Set) return [...list];
  throw new BadValue("an array, as JSON such as [1, 2]");
}

/** An array of so many items. @throws BadValue */
export function toTuple(value: unknown, length: number): unknown {
  const list = toList(value) as ArrayLike<unknown>;
  if (list.length !== length) throw new BadValue(`an array of ${length} items (this has ${list.length})`);
  return list;
}

/** A plain object, a Map, or JSON text of an object. @throws BadValue */
export function toDict(value: unknown): unknown {
  const dict = fromText(value, 'an object, as JSON such as {"a": 1}');
  if (isPlainObject(dict) || dict instanceof Map) return dict;
  throw new BadValue('an object, as JSON such as {"a": 1}');
}

/**
 * A geo table: GeoJSON of any kind as a FeatureCollection (its `crs` kept), four numbers as the box, an Arrow table as it
 * is; or JSON text of these.
 * @throws BadValue
 */
export function toGeoDataFrame(value: unknown): unknown {
  if (isArrowTable(value)) return value;
  const given = fromText(value, "GeoJSON");
  const isBox = Array.isArray(given) && !given.every(isPlainObject);
  return isBox ? areaValue({ kind: "ViewportGDF" }, readArea(given)) : asFeatureCollection(given);
}

/**
 * A table: rows as they are, `{ column: values }` turned into rows, an Arrow table as it is; or JSON text of these.
 * @throws BadValue
 */
export function toDataFrame(value: unknown): unknown {
  if (isArrowTable(value)) return value;
  const expected = 'a table: rows [{"a": 1}, …] or columns {"a": [1, …]}';
  const given = fromText(value, expected);
  if (Array.isArray(given)) {
    const bad = given.findIndex((row) => !isPlainObject(row));
    if (bad >= 0) throw new BadValue(`${expected} (row ${bad} is no object)`);
    return given;
  }
  if (!isPlainObject(given) || isGeometry(given)) throw new BadValue(expected);
  return rowsFromColumns(given, expected);
}

/** Columns are arrays of one length, or objects by row label (pandas' default). */
function rowsFromColumns(columns: Record<string, unknown>, expected: string): Record<string, unknown>[] {
  const byLabel = Object.entries(columns).map(([name, column]): [string, Map<string, unknown>] => {
    if (Array.isArray(column) || (ArrayBuffer.isView(column) && !(column instanceof DataView))) {
      const values = Array.from(column as ArrayLike<unknown>);
      return [name, new Map(values.map((item, label) => [String(label), item]))];
    }
    if (isPlainObject(column)) return [name, new Map(Object.entries(column))];
    throw new BadValue(`${expected} (column ${name} is neither)`);
  });
  const [first, ...others] = byLabel;
  const uneven = others.find(([, column]) => column.size !== first![1].size);
  if (uneven)
    throw new BadValue(
      `${expected} of one length (${first![0]} has ${first![1].size}, ${uneven[0]} has ${uneven[1].size})`,
    );
  const labels = [...(first?.[1].keys() ?? [])];
  return labels.map((label) => Object.fromEntries(byLabel.map(([name, column]) => [name, column.get(label)])));
}

/** A geometry: GeoJSON (a Feature gives its geometry), WKT, or JSON text. @throws BadValue */
export function toGeometry(value: unknown, only?: "Polygon"): Geometry {
  const expected = only ? "a polygon, as GeoJSON or WKT" : "a geometry, as GeoJSON or WKT";
  const given = typeof value === "string" && isWkt(value) ? parseWkt(value) : fromText(value, expected);
  const geometry = isPlainObject(given) && isGeometry(given["geometry"]) ? given["geometry"] : given;
  if (!isGeometry(geometry)) throw new BadValue(expected);
  if (only && geometry.type !== only) throw new BadValue(`${expected} (this is a ${geometry.type})`);
  return geometry;
}

function fromText(value: unknown, expected: string): unknown {
  if (typeof value !== "string") return value;
  try {
    return parseJson(value);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const detail = error.message.replace(/^JSON \(/, "(it is not JSON; ");
    const place = error.line === undefined ? undefined : { line: error.line, column: error.column! };
    throw new BadValue(`${expected} ${detail}`, place);
  }
}
