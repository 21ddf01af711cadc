import type { Geometry } from "geojson";
import type { ParameterType } from "../engine/udf-frame.ts";
import { BadValue } from "./bad-value.ts";
import { asFeatureCollection, inDegrees, totalBounds } from "./geojson.ts";
import type { GeoCollection } from "./geojson.ts";
import { parseJson } from "./json-text.ts";
import { isPlainObject } from "./results.ts";
import { bounds, boundingTile, boxGeometry } from "./tiles/index.ts";
import type { Box, Tile } from "./tiles/index.ts";
import { readTile, TileError } from "./tiles/tile.ts";
import { isWkt, parseWkt } from "./wkt.ts";

/** A part of the world that a run is for: a map tile, a box, or geometries; in degrees. */
export type Area =
  | { kind: "tile"; tile: Tile }
  | { kind: "box"; bounds: Box }
  | { kind: "geometry"; collection: GeoCollection; bounds: Box };

const forms = '[west, south, east, north], a tile { x, y, z } or "z/x/y", GeoJSON or WKT';

/**
 * Reads an area in whatever form it is given: four numbers, a tile, GeoJSON (EPSG:3857 is converted), WKT, or text of these.
 * @throws BadValue
 */
export function readArea(value: unknown): Area {
  if (typeof value === "string") return readAreaText(value.trim());
  try {
    if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      const items = Array.from(value as ArrayLike<unknown>);
      if (items.length > 0 && items.every(isPlainObject)) return geometryArea(asFeatureCollection(items));
      return { kind: "box", bounds: readBox(items) };
    }
    if (isPlainObject(value)) {
      if ("x" in value && "y" in value && "z" in value)
        return { kind: "tile", tile: tileFrom(value["x"], value["y"], value["z"]) };
      if ("type" in value || "geometry" in value) return geometryArea(asFeatureCollection(value));
    }
  } catch (error) {
    if (error instanceof TileError) throw new BadValue(`an area that exists (${error.message})`);
    throw error;
  }
  throw new BadValue(`an area: ${forms}`);
}

function readAreaText(text: string): Area {
  if (/^[[{]/.test(text)) return readArea(parseJson(text));
  if (isWkt(text)) return geometryArea(asFeatureCollection(parseWkt(text)));
  const [z, x, y, ...more] = text.split("/");
  if (y !== undefined && more.length === 0) return readArea({ x, y, z });
  if (text.split(",").length === 4) return readArea(text.split(","));
  throw new BadValue(`an area: ${forms}`);
}

function geometryArea(collection: GeoCollection): Area {
  const degrees = inDegrees(collection);
  return { kind: "geometry", collection: degrees, bounds: totalBounds(degrees) };
}

/** Four numbers; west above east crosses the antimeridian. @throws BadValue */
function readBox(items: unknown[]): Box {
  const numbers = items.map((item) => (typeof item === "string" ? numberOf(item) : item));
  if (numbers.length !== 4)
    throw new BadValue(`four numbers [west, south, east, north] (these are ${numbers.length} values)`);
  if (!numbers.every((number) => typeof number === "number" && Number.isFinite(number))) {
    throw new BadValue("four finite numbers [west, south, east, north]");
  }
  const box = numbers as Box;
  if (box[1] > box[3]) throw new BadValue(`a box whose south is not above its north (${box[1]} > ${box[3]})`);
  return box;
}

/** A tile of numbers or their text. @throws BadValue where there is no such tile */
export function tileFrom(x: unknown, y: unknown, z: unknown): Tile {
  try {
    return readTile([numberOf(x), numberOf(y), numberOf(z)]);
  } catch (error) {
    if (error instanceof TileError) throw new BadValue(`a tile that exists (${error.message})`);
    throw error;
  }
}

/** A number, or the number in a text; NaN for everything else. */
export function numberOf(value: unknown): number {
  if (typeof value === "string") return value.trim() === "" ? NaN : Number(value);
  return typeof value === "number" ? value : NaN;
}

/** The area's box. */
export function areaBounds(area: Area): Box {
  return area.kind === "tile" ? bounds(area.tile) : area.bounds;
}

/** The area as the value of a parameter of some type (fused-spec.md 5); undefined where the type cannot hold one. */
export function areaValue(type: ParameterType, area: Area): unknown {
  switch (type.kind) {
    case "Bounds":
    case "list":
    case "json":
      return areaBounds(area);
    case "tuple":
      return type.length === 4 ? areaBounds(area) : undefined;
    case "string":
      return area.kind === "tile" ? `${area.tile.z}/${area.tile.x}/${area.tile.y}` : areaBounds(area).join(",");
    case "dict":
      return area.kind === "tile" ? area.tile : areaGeometry(area);
    case "Bbox":
    case "Polygon":
      return areaPolygon(area);
    case "Geometry":
      return areaGeometry(area);
    case "TileXYZ":
      return areaTile(area);
    case "TileGDF":
      return tileCollection(area);
    case "ViewportGDF":
      return {
        type: "FeatureCollection",
        features: areaRows(area).map((geometry) => ({ type: "Feature", properties: {}, geometry })),
      };
    case "GeoDataFrame":
      return area.kind === "geometry" ? area.collection : tileCollection(area);
    default:
      return undefined;
  }
}

function areaTile(area: Area): Tile {
  return area.kind === "tile" ? area.tile : boundingTile(...area.bounds, { truncate: true });
}

/** One row: x, y, z and the tile's outline. A box or geometries keep their own shape, and get the tile that holds them. */
function tileCollection(area: Area): GeoCollection {
  const [geometry = null] = area.kind === "geometry" ? [areaGeometry(area)] : areaRows(area);
  return { type: "FeatureCollection", features: [{ type: "Feature", properties: { ...areaTile(area) }, geometry }] };
}

function areaRows(area: Area): (Geometry | null)[] {
  return area.kind === "geometry"
    ? area.collection.features.map(({ geometry }) => geometry)
    : [boxGeometry(areaBounds(area))];
}

/** The one geometry of the area, or a collection of all. */
function areaGeometry(area: Area): Geometry {
  const geometries = areaRows(area).filter((geometry) => geometry !== null);
  return geometries.length === 1 ? geometries[0]! : { type: "GeometryCollection", geometries };
}

/** The polygon that was given, or the box around the geometries. */
function areaPolygon(area: Area): Geometry {
  const geometry = areaGeometry(area);
  return geometry.type === "Polygon" || geometry.type === "MultiPolygon" ? geometry : boxGeometry(areaBounds(area));
}
