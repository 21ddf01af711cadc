import { boxRing } from "./box.ts";
import { bounds, xy } from "./mercator.ts";
import { readTile } from "./tile.ts";
import type { Box, Tile } from "./tile.ts";

export interface TileFeature {
  type: "Feature";
  bbox: Box;
  id: string | number;
  geometry: { type: "Polygon"; coordinates: [number, number][][] };
  properties: Record<string, unknown>;
}

export interface TileFeatureOptions {
  /** Id of the feature. Default the tile as text. */
  id?: string | number;
  /** More properties, beside the title. */
  properties?: Record<string, unknown>;
  /** `geographic` (degrees, the default) or `mercator` (EPSG:3857 metres). */
  projected?: "geographic" | "mercator";
  /** Added on every side, in the units of the coordinates. Default 0. */
  buffer?: number;
  /** Decimals kept. Default all. */
  precision?: number;
}

/** The tile's outline as a GeoJSON Feature, laid out as mercantile does. */
export function feature(tile: Readonly<Tile>, options: TileFeatureOptions = {}): TileFeature {
  const { x, y, z } = readTile([tile]);
  let [west, south, east, north] = bounds(x, y, z);
  if (options.projected === "mercator") [[west, south], [east, north]] = [xy(west, south), xy(east, north)];
  const buffer = options.buffer ?? 0;
  const edges = [west - buffer, south - buffer, east + buffer, north + buffer].map((edge) =>
    options.precision === undefined ? edge : Number(edge.toFixed(options.precision)),
  ) as Box;
  const name = `(${x}, ${y}, ${z})`;
  return {
    type: "Feature",
    bbox: edges,
    id: options.id ?? name,
    geometry: { type: "Polygon", coordinates: [boxRing(edges)] },
    properties: { title: `XYZ tile ${name}`, ...options.properties },
  };
}
