import type { Geometry, GeoJSON } from "geojson";
import { readTile, TileError } from "../tiles/tile.ts";
import { featureCollection } from "./feature-collection.ts";
import { FormatError } from "./format-error.ts";
import { plainJson } from "./json.ts";

/** Name of the one layer (fused-spec.md 18.2). */
const layerName = "udf";
const extent = 4096;
/** How far beyond the tile's edge geometries go on, so that outlines do not show: in units of the extent, as Tippecanoe. */
const buffer = 64;

/**
 * A Mapbox Vector Tile (2.1) of the features that are on a tile, clipped to it and simplified for its zoom. An empty tile
 * has no bytes.
 * @throws FormatError without a tile, or without geometry
 */
export async function encodeMvt(value: unknown, tile: unknown): Promise<Uint8Array> {
  const { x, y, z } = checkedTile(tile);
  const collection = await featureCollection(value, "mvt");
  const features = collection.features.flatMap(({ id, geometry, properties }) => {
    const tags = Object.entries(properties ?? {}).map(([key, each]) => [key, tagValue(each)] as const);
    const kept = Object.fromEntries(tags.filter(([, each]) => each !== null));
    // A feature's id is an unsigned integer in a tile; another one is an attribute.
    const hasId = Number.isSafeInteger(Number(id)) && Number(id) >= 0 && id !== "";
    if (id !== undefined && !hasId) kept["id"] ??= id;
    const feature = { type: "Feature" as const, properties: kept, ...(hasId && { id: Number(id) }) };
    return geometry ? [{ ...feature, geometry: geometry as Geometry }] : [];
  });
  const [{ geoJSONToTile }, { fromGeojsonVt }] = await Promise.all([
    import("@maplibre/geojson-vt"),
    import("@maplibre/vt-pbf"),
  ]);
  const data = { type: "FeatureCollection", features } as GeoJSON;
  const cut = geoJSONToTile(data, z, x, y, {
    maxZoom: Math.max(z, 1),
    extent,
    buffer,
    tolerance: 3,
    clip: true,
    wrap: true,
  });
  if (!cut || cut.features.length === 0) return new Uint8Array(0);
  return fromGeojsonVt({ [layerName]: cut }, { version: 2, extent });
}

function checkedTile(tile: unknown) {
  const { x, y, z } = (tile ?? {}) as Record<string, unknown>;
  try {
    return readTile([Number(x), Number(y), Number(z)]);
  } catch (error) {
    if (!(error instanceof TileError)) throw error;
    throw new FormatError("mvt is a format of map tiles: it needs the tile, { tile: { x, y, z } }.", [
      "geojson",
      "parquet",
    ]);
  }
}

/** Attributes of a tile are texts, numbers and truth values; what is more is JSON text. */
function tagValue(value: unknown): string | number | boolean | null {
  const plain = plainJson(value);
  return typeof plain === "object" && plain !== null
    ? JSON.stringify(plain)
    : (plain as string | number | boolean | null);
}
