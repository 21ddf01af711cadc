import type { FeatureCollection } from "geojson";
import type { Tile } from "../mercator.ts";
import { openSource } from "../sources/open-source.ts";
import type { TileReader } from "../sources/open-source.ts";
import type { SourceSpec } from "../sources/source-spec.ts";
import { sourceTile } from "../sources/source-tile.ts";
import { encodeCut, encodeTile } from "./encode-tile.ts";
import type { EncodedContent } from "./encode-tile.ts";

/** Fetches tiles from elsewhere for pages, which name a source and a tile and never an address. */
export type SourceTiles = (name: string, tile: Tile, signal: AbortSignal) => Promise<EncodedContent | undefined>;

export function sourceTiles(sources: Record<string, SourceSpec>): SourceTiles {
  const readers = new Map<string, TileReader>();
  return async (name, tile, signal) => {
    let read = readers.get(name);
    if (!read) readers.set(name, (read = openSource(sources[name]!)));
    const value = await sourceTile(read, tile, signal);
    return value instanceof Uint8Array || value === undefined
      ? encodeTile(value, tile)
      : encodeCut(value as FeatureCollection);
  };
}
