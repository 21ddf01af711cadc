import type { Feature, FeatureCollection, Geometry } from "geojson";
import { arrowKindOf } from "../../engine/values/arrow-ipc.ts";
import { BadValue } from "../bad-value.ts";
import { asFeatureCollection, inDegrees, type GeoCollection } from "../geojson.ts";
import { isGeoJson } from "../results.ts";
import { FormatError } from "./format-error.ts";
import { plainJson } from "./json.ts";
import { isFeatureList, viewTable } from "./table-view.ts";

/**
 * A table as GeoJSON in degrees (RFC 7946). Web mercator is converted; a row without a geometry stays, with null. Features
 * keep their ids and other members. A table without a geometry column is refused.
 * @throws FormatError
 */
export async function featureCollection(value: unknown, format: string): Promise<GeoCollection> {
  if (!arrowKindOf(value as object) && (isGeoJson(value) || isFeatureList(value))) {
    return degrees(asFeatureCollection(value), format);
  }
  const { names, rowCount, cell, geometry, crs } = await viewTable(value);
  if (geometry < 0) {
    throw new FormatError(
      `The table has no geometry column, which ${format} needs: its columns are ${names.join(", ")}. A geometry column ` +
        "holds GeoJSON geometries, or is an Arrow column with a GeoArrow extension name.",
      ["parquet", "arrow", "feather", "json", "csv", "html"],
    );
  }
  const features = Array.from({ length: rowCount }, (_none, row): Feature<Geometry | null> => {
    const properties = Object.fromEntries(
      names.flatMap((name, column) => (column === geometry ? [] : [[name, cell(column, row)]])),
    );
    return { type: "Feature", geometry: (cell(geometry, row) ?? null) as Geometry | null, properties };
  });
  return degrees({ type: "FeatureCollection", ...(crs && { crs }), features }, format);
}

/** GeoJSON text of a table; 64-bit integers beyond a double's are strings, column by column. */
export async function encodeGeoJson(value: unknown): Promise<string> {
  const collection = await featureCollection(value, "geojson");
  const isWide = (each: unknown) => typeof each === "bigint" && !Number.isSafeInteger(Number(each));
  const wide = new Set<string>();
  for (const { properties } of collection.features) {
    for (const [key, each] of Object.entries(properties ?? {})) if (isWide(each)) wide.add(key);
  }
  const features = collection.features.map((feature) => ({
    ...feature,
    properties:
      feature.properties &&
      Object.fromEntries(
        Object.entries(feature.properties).map(([key, each]) => [key, plainJson(each, wide.has(key))]),
      ),
  }));
  const { crs: _, ...rest } = collection;
  return JSON.stringify({ ...rest, features });
}

function degrees(collection: GeoCollection, format: string): FeatureCollection<Geometry | null> & { crs?: unknown } {
  try {
    return inDegrees(collection);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new FormatError(`${format} needs ${error.message}.`, ["parquet", "arrow", "feather", "json", "csv"]);
  }
}
