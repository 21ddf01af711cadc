import type { Feature, FeatureCollection, GeoJSON, Geometry, Position } from "geojson";
import { projectionOf } from "../engine/raster/projection.ts";
import { BadValue } from "./bad-value.ts";
import { isGeoJson, isPlainObject } from "./results.ts";
import { lngLat } from "./tiles/index.ts";
import type { Box } from "./tiles/index.ts";

/** A GeoJSON collection with the older `crs` member, as GeoPandas writes it. */
export type GeoCollection = FeatureCollection<Geometry | null> & { crs?: unknown };

/**
 * GeoJSON of any kind as a FeatureCollection: a Feature or a geometry is one row. Also an object with a `geometry` and no
 * `type`, and an array of features. A `crs` member is kept.
 * @throws BadValue
 */
export function asFeatureCollection(value: unknown): GeoCollection {
  if (Array.isArray(value) && value.length > 0 && value.every((item) => isPlainObject(item) && "geometry" in item)) {
    return { type: "FeatureCollection", features: value.map(asFeature) };
  }
  if (isPlainObject(value) && value["type"] === "FeatureCollection" && Array.isArray(value["features"])) {
    const features = value["features"] as unknown[];
    const areFeatures = features.every((feature) => isGeoJson(feature) && feature.type === "Feature");
    return areFeatures
      ? (value as unknown as GeoCollection)
      : { ...(value as unknown as GeoCollection), features: features.map(asFeature) };
  }
  const crs = isPlainObject(value) && "crs" in value ? { crs: value["crs"] } : {};
  return { type: "FeatureCollection", ...crs, features: [asFeature(value)] };
}

function asFeature(value: unknown, index = 0): Feature<Geometry | null> {
  if (isGeoJson(value)) {
    if (value.type === "Feature") return value;
    if (value.type !== "FeatureCollection") return { type: "Feature", properties: {}, geometry: value };
  }
  if (isPlainObject(value) && value["type"] === undefined && isGeometry(value["geometry"])) {
    const { geometry, properties } = value;
    return { type: "Feature", properties: isPlainObject(properties) ? properties : {}, geometry };
  }
  const which = index > 0 ? `, whose features are Features (number ${index} is not)` : "";
  throw new BadValue(`GeoJSON (a geometry, a Feature or a FeatureCollection)${which}`);
}

/** Whether a value is a GeoJSON geometry. */
export function isGeometry(value: unknown): value is Geometry {
  return isGeoJson(value) && value.type !== "Feature" && value.type !== "FeatureCollection";
}

/** All positions of a GeoJSON object. */
function* positions(value: GeoJSON | GeoCollection | null): Generator<Position> {
  if (value === null) return;
  if (value.type === "FeatureCollection") for (const feature of value.features) yield* positions(feature.geometry);
  else if (value.type === "Feature") yield* positions(value.geometry);
  else if (value.type === "GeometryCollection") for (const part of value.geometries) yield* positions(part);
  else yield* flatPositions(value.coordinates);
}

function* flatPositions(coordinates: unknown): Generator<Position> {
  if (!Array.isArray(coordinates)) throw new BadValue("GeoJSON whose coordinates are arrays of numbers");
  if (coordinates.length > 0 && !Array.isArray(coordinates[0])) yield coordinates as Position;
  else for (const part of coordinates) yield* flatPositions(part);
}

/** Smallest box around a GeoJSON object. @throws BadValue where it has no coordinates, or some that are not finite */
export function totalBounds(value: GeoJSON | GeoCollection): Box {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of positions(value)) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) throw new BadValue("GeoJSON whose coordinates are finite numbers");
    box[0] = Math.min(box[0], x!);
    box[1] = Math.min(box[1], y!);
    box[2] = Math.max(box[2], x!);
    box[3] = Math.max(box[3], y!);
  }
  if (box[0] === Infinity) throw new BadValue("GeoJSON that has coordinates (this is empty)");
  return box;
}

/**
 * The collection in degrees (EPSG:4326), by its `crs` member: web mercator, UTM zones and the other systems that rasters
 * are read in are converted.
 * @throws BadValue for systems that are not known here
 */
export function inDegrees(collection: GeoCollection): GeoCollection {
  const name = crsName(collection.crs);
  if (name === undefined || /(CRS84|4326|4979)$/.test(name)) return collection;
  const toDegrees = /(3857|900913|3785|102100|102113)$/.test(name) ? lngLat : projectionOf(name)?.inverse;
  if (!toDegrees) throw new BadValue(`GeoJSON in a system that is known here (its crs is ${name}: convert it first)`);
  const { crs: _, ...rest } = collection;
  return {
    ...rest,
    features: rest.features.map((feature) => ({
      ...feature,
      geometry: geometryInDegrees(feature.geometry, toDegrees),
    })),
  };
}

/** The name in a GeoJSON `crs` member, such as `urn:ogc:def:crs:EPSG::3857`, or in a plain text. */
export function crsName(crs: unknown): string | undefined {
  if (typeof crs === "string") return crs;
  const properties = isPlainObject(crs) ? crs["properties"] : undefined;
  const name = isPlainObject(properties) ? properties["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}

type ToDegrees = (x: number, y: number) => readonly number[];

function geometryInDegrees<Shape extends Geometry | null>(geometry: Shape, toDegrees: ToDegrees): Shape {
  if (geometry === null) return geometry;
  if (geometry.type === "GeometryCollection")
    return { ...geometry, geometries: geometry.geometries.map((each) => geometryInDegrees(each, toDegrees)) };
  const convert = (coordinates: unknown): unknown =>
    Array.isArray(coordinates) && typeof coordinates[0] === "number"
      ? [...toDegrees(coordinates[0], coordinates[1] as number), ...(coordinates.slice(2) as number[])]
      : (coordinates as unknown[]).map(convert);
  return { ...geometry, coordinates: convert(geometry.coordinates) };
}
