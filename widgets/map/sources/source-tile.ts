import { imageType } from "../../picture/image-type.ts";
import type { Tile } from "../mercator.ts";
import type { TileReader } from "./open-source.ts";

/**
 * A tile from elsewhere as a map takes it: bytes of an image, or the features of a vector tile.
 * @throws TypeError where the bytes are neither
 */
export async function sourceTile(read: TileReader, tile: Tile, signal?: AbortSignal): Promise<unknown> {
  const bytes = await read(tile, signal);
  if (!bytes || bytes.length === 0) return undefined;
  if (imageType(bytes)) return bytes;
  const { looksLikeVectorTile, vectorTileFeatures } = await import("./vector-tile.ts");
  if (!looksLikeVectorTile(bytes)) throw new TypeError("The answer is neither an image nor a vector tile.");
  return vectorTileFeatures(bytes, tile);
}
