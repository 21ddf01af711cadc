import type { TileValue } from "./display-tile.ts";
import { edgeLatitude, worldX, worldY } from "./mercator.ts";
import type { Bounds, Tile } from "./mercator.ts";
import type { DisplayPlace } from "../mime-bundle.ts";
import type { MapUdfLike } from "./udf-reader.ts";

/** Tiles that a picture of a UDF is made of, at most. */
const mostTiles = 16;

/** The whole world, as far as web Mercator shows it. */
export const worldBounds: Bounds = [-180, -edgeLatitude, 180, edgeLatitude];

/** The tiles that cover a box: at one zoom, or at the deepest at which they are no more than 16. */
export function tilesOver([west, south, east, north]: Bounds, zoom?: number): Tile[] {
  let found: Tile[] = [{ z: 0, x: 0, y: 0 }];
  for (let z = zoom ?? 1; z <= (zoom ?? 19); z++) {
    const across = 2 ** z;
    const index = (place: number) => Math.max(0, Math.min(across - 1, Math.floor(place * across)));
    const right = east < west ? east + 360 : east;
    const [x1, x2] = [Math.floor(worldX(west) * across), Math.ceil(worldX(right) * across - 1e-9) - 1];
    const [y1, y2] = [
      index(worldY(north)),
      Math.max(index(worldY(north)), Math.ceil(worldY(south) * across - 1e-9) - 1),
    ];
    const columns = Math.min(across, x2 - x1 + 1);
    if (zoom === undefined && columns * (Math.min(y2, across - 1) - y1 + 1) > mostTiles) break;
    found = [];
    for (let y = y1; y <= Math.min(y2, across - 1); y++) {
      for (let i = 0; i < columns; i++) found.push({ z, x: (((x1 + i) % across) + across) % across, y });
    }
  }
  return found;
}

/**
 * Runs a UDF for the tiles of a box, for the picture that a notebook stores.
 * @param place where its progress stands, if it takes long
 * @throws the first error, where there is no tile without one
 */
export async function runTiles(
  udf: MapUdfLike,
  bounds: Bounds,
  parameters: Record<string, unknown>,
  zoom: number | undefined,
  place: DisplayPlace,
): Promise<TileValue[]> {
  const tiles = tilesOver(bounds, zoom);
  const pool = udf.map(
    tiles.map((tile) => ({ ...parameters, ...tile })),
    { maxRetry: 0 },
  );
  pool.showProgress({ place });
  await pool.wait();
  const results = await pool.results({ returnExceptions: true });
  const shown = results.map((result, i): TileValue => ({
    ...tiles[i]!,
    ...(result instanceof Error ? { error: result.message.split("\n", 1)[0]! } : { value: result }),
  }));
  const first = results.find((result) => result instanceof Error);
  if (first && results.every((result) => result instanceof Error)) throw first;
  return shown;
}
