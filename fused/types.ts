/**
 * The types that annotate a UDF's parameters: what `fused.types` is. They say how text and JSON become values (fused-spec.md
 * 1.3), and what the function gets.
 */
import type { FeatureCollection, Geometry as GeoJsonGeometry, MultiPolygon, Polygon as GeoJsonPolygon } from "geojson";
import type { Table } from "apache-arrow";
import type { Bounds as BoundsValue } from "./tiles/index.ts";

export { createBounds } from "./tiles/index.ts";
export type { TileXYZ } from "./tiles/index.ts";

/**
 * The box of the run: `[xmin, ymin, xmax, ymax]` in degrees, its edges by name too, `toTile()` and `toGeoDataFrame()`. The
 * value a UDF gets has all of them. They are optional here so that four numbers are a `Bounds` (as a default), and the
 * tuple may be written so that a `Bounds` is GeoJSON's BBox (as for Turf).
 */
export type Bounds = [xmin: number, ymin: number, xmax: number, ymax: number] &
  Partial<Pick<BoundsValue, "xmin" | "ymin" | "xmax" | "ymax" | "toTile" | "toGeoDataFrame">>;

/** A whole number. */
export type int = number;
/** Any number. */
export type float = number;
/** Canonical text of a UUID, in lower case. */
export type UUID = string;
/** The box or the polygon of the run, as a polygon; two polygons where a box crosses the antimeridian. */
export type Bbox = GeoJsonPolygon | MultiPolygon;
/** A table with geometry: GeoJSON, its `crs` kept where it had one. */
export type GeoDataFrame = FeatureCollection<GeoJsonGeometry | null> & { crs?: unknown };
/** A map tile as one row: x, y, z and its outline. */
export type TileGDF = FeatureCollection<GeoJsonPolygon, { x: number; y: number; z: number }>;
/** The same as `TileGDF`. */
export type Tile = TileGDF;
/** What is in view, as geometry alone. */
export type ViewportGDF = FeatureCollection<GeoJsonGeometry | null, Record<string, never>>;
/** A table: rows by column name, or the Arrow table that was given. */
export type DataFrame = Record<string, unknown>[] | Table;
/** A geometry, from WKT or GeoJSON. */
export type Geometry = GeoJsonGeometry;
/** A polygon, from WKT or GeoJSON. */
export type Polygon = GeoJsonPolygon;
/** A parameter that may be none. */
export type Optional<Type> = Type | null | undefined;
