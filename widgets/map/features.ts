import type { Table, Vector } from "apache-arrow";
import type { Feature, GeoJSON, Geometry } from "geojson";
import { geometryColumn, geometryFromCell, isArrowTable } from "../../engine/values/geoarrow.ts";
import { eachPosition, featuresOf, isFeature, isGeoJson, isGeometry } from "../geo/geojson.ts";
import { tableSource } from "../table/table-source.ts";
import type { TableColumn, TableLike } from "../table/table-source.ts";
import { fromMetres } from "./mercator.ts";
import { numberType } from "./numbers.ts";
import type { Numbers } from "./numbers.ts";
import type { Bounds } from "./mercator.ts";

/** Things to draw: where they are, and their properties by name. */
export interface FeatureSet {
  count: number;
  geometry(index: number): Geometry | null;
  /** Names of the properties. */
  properties: string[];
  property(index: number, name: string): unknown;
  /** All places at once, where each is one point: longitudes and latitudes in degrees, NaN for none. */
  points?: { longitude: ArrayLike<number>; latitude: ArrayLike<number> };
  /** All values of a property at once, where they are numbers and none is missing. */
  numbers?(name: string): Numbers | undefined;
}

/** Columns that tell where a row lies. */
export interface PlaceColumns {
  longitude?: string;
  latitude?: string;
}

const longitudeNames = /^(lng|lon|long|longitude|x)$/i;
const latitudeNames = /^(lat|latitude|y)$/i;
/** Names that fused-spec.md 22.2 gives to a column of H3 cells. */
const cellNames = /^(hex|h3|h3_index|h3_cell|cell_id)$/i;

/**
 * The features in a value: GeoJSON, an array of Features, or a table with a geometry column, a column of H3 cells, or
 * columns of longitude and latitude in degrees.
 * @throws TypeError where the value tells no place
 */
export async function featureSet(value: GeoJSON | TableLike, places: PlaceColumns = {}): Promise<FeatureSet> {
  // An empty list has no columns to be told: it is nothing to draw, as an empty FeatureCollection is.
  if (Array.isArray(value) && value.every(isFeature)) return fromFeatures(value as unknown as Feature[]);
  if (!isArrowTable(value) && !Array.isArray(value) && isGeoJson(value)) return fromFeatures(featuresOf(value));
  const { columns, rowCount } = tableSource(value as TableLike);
  const placed = await placeOfRows(value as TableLike, columns, places);
  if (!placed) {
    throw new TypeError(
      "A map needs to know where the rows lie: a geometry column, H3 cells in a column named hex, or longitude and " +
        `latitude in degrees. The columns are ${columns.map(({ name }) => name).join(", ") || "none"}.`,
    );
  }
  const byName = new Map(columns.map((column) => [column.name, column]));
  return {
    count: rowCount,
    geometry: placed.geometry,
    properties: columns.map(({ name }) => name).filter((name) => !placed.columns.includes(name)),
    property: (index, name) => byName.get(name)?.value(index),
    points: placed.points,
    numbers: isArrowTable(value) ? (name) => wholeColumn(value, name) : undefined,
  };
}

/** A column of numbers as Arrow holds it; undefined where it has nulls or is of another type. */
function wholeColumn(table: Table, name: string): Numbers | undefined {
  const vector = table.getChild(name);
  if (!vector || vector.nullCount > 0) return undefined;
  const { typeId, precision } = vector.type as { typeId: number; precision?: number };
  if (typeId !== arrowInt && (typeId !== arrowFloat || precision === halfPrecision)) return undefined;
  const data: unknown = vector.toArray();
  return numberType(data) === undefined ? undefined : (data as Numbers);
}

/** Type ids of format/Schema.fbs. */
const arrowInt = 2;
const arrowFloat = 3;
/** Arrow hands these out as the integers that they are stored as. */
const halfPrecision = 0;

interface Places {
  columns: string[];
  geometry(index: number): Geometry | null;
  points?: FeatureSet["points"];
}

function fromFeatures(features: Feature<Geometry | null>[]): FeatureSet {
  const properties = new Set<string>();
  for (const feature of features.slice(0, 10_000)) for (const name in feature.properties) properties.add(name);
  return {
    count: features.length,
    geometry: (index) => features[index]!.geometry,
    properties: [...properties],
    property: (index, name) => features[index]!.properties?.[name] as unknown,
  };
}

async function placeOfRows(
  value: TableLike,
  columns: TableColumn[],
  places: PlaceColumns,
): Promise<Places | undefined> {
  if (!places.longitude && !places.latitude) {
    const geometry = isArrowTable(value) ? arrowGeometry(value) : rowGeometry(columns);
    if (geometry) return geometry;
    const cells = columns.find(({ name }) => cellNames.test(name));
    if (cells) return cellGeometry(cells);
  }
  const longitude = findColumn(columns, places.longitude, longitudeNames);
  const latitude = findColumn(columns, places.latitude, latitudeNames);
  if (!longitude || !latitude) return undefined;
  const [readLongitude, readLatitude] = [reader(value, columns, longitude), reader(value, columns, latitude)];
  const whole = isArrowTable(value)
    ? { longitude: wholeColumn(value, longitude.name), latitude: wholeColumn(value, latitude.name) }
    : undefined;
  return {
    columns: [longitude.name, latitude.name],
    points: whole?.longitude && whole.latitude ? (whole as FeatureSet["points"]) : undefined,
    geometry(index) {
      const position = [Number(readLongitude(index) ?? NaN), Number(readLatitude(index) ?? NaN)];
      return position.every(Number.isFinite) ? { type: "Point", coordinates: position } : null;
    },
  };
}

function findColumn(columns: TableColumn[], name: string | undefined, pattern: RegExp): TableColumn | undefined {
  if (name === undefined) return columns.find((column) => pattern.test(column.name));
  const column = columns.find((each) => each.name === name);
  if (column) return column;
  throw new TypeError(`There is no column "${name}"; the columns are ${columns.map((each) => each.name).join(", ")}.`);
}

/** Reads numbers of an Arrow column without the detour over display values. */
function reader(value: TableLike, columns: TableColumn[], column: TableColumn): (index: number) => unknown {
  if (!isArrowTable(value)) return (index) => column.value(index);
  const vector = value.getChildAt(columns.indexOf(column)) as Vector;
  return (index) => vector.get(index) as unknown;
}

function arrowGeometry(table: Table): Places | undefined {
  const column = table.schema.fields.map(geometryColumn).find((each) => each !== undefined);
  if (!column) return undefined;
  const isMetres = /^EPSG:(3857|900913)$/i.test(column.crs);
  if (!column.isDegrees && !isMetres) {
    throw new TypeError(
      `The column "${column.name}" is in ${column.crs}; a map needs longitude and latitude (EPSG:4326) or ` +
        "web Mercator (EPSG:3857). Reproject it first.",
    );
  }
  const vector = table.getChildAt(column.index) as Vector;
  return {
    columns: [column.name],
    geometry(index) {
      const geometry = geometryFromCell(vector.get(index), column.encoding);
      if (geometry && isMetres) eachPosition(geometry, (at) => at.splice(0, 2, ...fromMetres(at[0]!, at[1]!)));
      return geometry;
    },
  };
}

function rowGeometry(columns: TableColumn[]): Places | undefined {
  const column = columns.find(({ type }) => type === "geometry");
  if (!column) return undefined;
  return {
    columns: [column.name],
    geometry(index) {
      const value = column.value(index);
      return isGeometry(value) ? value : null;
    },
  };
}

async function cellGeometry(column: TableColumn): Promise<Places> {
  const { cellToBoundary, isValidCell } = await import("h3-js");
  return {
    columns: [],
    geometry(index) {
      const value = column.value(index);
      const cell = typeof value === "bigint" ? value.toString(16) : value;
      if (typeof cell !== "string" || !isValidCell(cell)) return null;
      const ring = cellToBoundary(cell, true);
      const crosses = ring.some(([longitude]) => Math.abs(longitude! - ring[0]![0]!) > 180);
      const turned = crosses ? ring.map(([longitude, latitude]) => [(longitude! + 360) % 360, latitude!]) : ring;
      return { type: "Polygon", coordinates: [turned] };
    },
  };
}

/**
 * The smallest box around all features, over the antimeridian where that is smaller; undefined where there are none.
 */
export function boundsOfFeatures(features: FeatureSet, indexes: Iterable<number>): Bounds | undefined {
  const spans: [number, number][] = [];
  let [south, north] = [Infinity, -Infinity];
  for (const index of indexes) {
    const geometry = features.geometry(index);
    if (!geometry) continue;
    let [west, east] = [Infinity, -Infinity];
    eachPosition(geometry, ([longitude, latitude]) => {
      if (longitude! < west) west = longitude!;
      if (longitude! > east) east = longitude!;
      if (latitude! < south) south = latitude!;
      if (latitude! > north) north = latitude!;
    });
    if (west <= east) spans.push([west, east]);
  }
  const around = aroundSpans(spans);
  return around && [around[0], south, around[1], north];
}

/**
 * The stretch of longitudes that holds all spans: from the least to the greatest, or the circle without its widest
 * gap where that is a quarter shorter, which leads over the antimeridian.
 */
export function aroundSpans(spans: [number, number][]): [west: number, east: number] | undefined {
  if (spans.length === 0) return undefined;
  spans.sort((a, b) => a[0] - b[0]);
  const first = spans[0]![0];
  let reached = spans[0]![1];
  let gap: [number, number] = [0, 0];
  for (const [west, east] of spans) {
    if (west - reached > gap[1] - gap[0]) gap = [reached, west];
    reached = Math.max(reached, east);
  }
  const [plain, over] = [reached - first, 360 - (gap[1] - gap[0])];
  return over < 0.75 * plain ? [gap[1], gap[0] + 360] : [first, reached];
}
