import type { Feature, FeatureCollection, GeoJSON, Geometry, Position } from "geojson";

/** How deep the arrays of a geometry's coordinates are nested (RFC 7946, 3.1). */
const depths: Record<string, number> = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  MultiLineString: 2,
  Polygon: 2,
  MultiPolygon: 3,
};

/**
 * Whether a value is GeoJSON (RFC 7946): a geometry, a Feature or a FeatureCollection whose first member is one. The
 * coordinates' first position is looked at too, so that an object which only happens to have a `type` is not taken.
 */
export function isGeoJson(value: unknown): value is GeoJSON {
  return isFeatureCollection(value) || isFeature(value) || isGeometry(value);
}

function isFeatureCollection(value: unknown): value is FeatureCollection {
  const { type, features } = (value ?? {}) as Partial<FeatureCollection>;
  return type === "FeatureCollection" && Array.isArray(features) && (features.length === 0 || isFeature(features[0]));
}

export function isFeature(value: unknown): value is Feature {
  if (typeof value !== "object" || value === null) return false;
  const { type, geometry, properties } = value as Partial<Feature>;
  return type === "Feature" && typeof properties !== "string" && (geometry === null || isGeometry(geometry));
}

export function isGeometry(value: unknown): value is Geometry {
  if (typeof value !== "object" || value === null) return false;
  const { type, coordinates, geometries } = value as { type?: unknown; coordinates?: unknown; geometries?: unknown };
  if (type === "GeometryCollection") return Array.isArray(geometries) && geometries.every(isGeometry);
  const depth = typeof type === "string" ? depths[type] : undefined;
  if (depth === undefined || !Array.isArray(coordinates)) return false;
  if (coordinates.length === 0) return true;
  let first: unknown = coordinates;
  for (let i = 0; i < depth; i++) {
    if (!Array.isArray(first)) return false;
    if (first.length === 0) return true;
    first = (first as unknown[])[0];
  }
  return Array.isArray(first) && typeof first[0] === "number" && typeof first[1] === "number";
}

/** The features of any GeoJSON; a bare geometry is one feature without properties. */
export function featuresOf(geojson: GeoJSON): Feature<Geometry | null>[] {
  if (geojson.type === "FeatureCollection") return geojson.features;
  if (geojson.type === "Feature") return [geojson];
  return [{ type: "Feature", geometry: geojson, properties: null }];
}

/** Calls `visit` with every position of a geometry. */
export function eachPosition(geometry: Geometry, visit: (position: Position) => void): void {
  if (geometry.type === "GeometryCollection") {
    for (const each of geometry.geometries) eachPosition(each, visit);
    return;
  }
  const walk = (coordinates: unknown, depth: number): void => {
    if (depth === 0) visit(coordinates as Position);
    else for (const each of coordinates as unknown[]) walk(each, depth - 1);
  };
  walk(geometry.coordinates, depths[geometry.type]!);
}

/** A geometry in a few letters: `Point(-122.41, 37.77)`, `Polygon(5)` (its positions, counted). */
export function abbreviateGeometry(geometry: Geometry): string {
  if (geometry.type === "Point") {
    const [longitude, latitude] = geometry.coordinates;
    if (longitude === undefined || latitude === undefined) return "Point(empty)";
    return `Point(${trimmed(longitude)}, ${trimmed(latitude)})`;
  }
  if (geometry.type === "GeometryCollection") return `GeometryCollection(${geometry.geometries.length})`;
  let positions = 0;
  eachPosition(geometry, () => positions++);
  return `${geometry.type}(${positions})`;
}

function trimmed(degrees: number): string {
  return String(Number(degrees.toFixed(5)));
}
