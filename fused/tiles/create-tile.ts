import { children, parent } from "./family.ts";
import { bounds } from "./mercator.ts";
import { quadkey } from "./quadkey.ts";
import { readTile } from "./tile.ts";
import type { Box, Tile, TileArgs } from "./tile.ts";

/** The value a UDF gets for a `TileXYZ` parameter: x, y, z and what mercantile knows of a tile. */
export interface TileXYZ extends Readonly<Tile> {
  /** `[west, south, east, north]` in degrees. */
  bounds(): Box;
  /** The tile above; undefined above 0/0/0. */
  parent(): TileXYZ | undefined;
  /** The four tiles below: top left, top right, bottom right, bottom left. */
  children(): TileXYZ[];
  quadkey(): string;
}

// Not enumerable: as JSON, as a structured clone and to `deepEqual` the value is `{ x, y, z }`.
const members: PropertyDescriptorMap & ThisType<Tile> = {
  bounds: {
    value(): Box {
      return bounds(this);
    },
  },
  parent: {
    value(): TileXYZ | undefined {
      const above = parent(this);
      return above && createTile(above);
    },
  },
  children: {
    value(): TileXYZ[] {
      return children(this).map((tile) => createTile(tile));
    },
  },
  quadkey: {
    value(): string {
      return quadkey(this);
    },
  },
};

/** Makes a `TileXYZ`. @throws TileError where there is no such tile. */
export function createTile(...args: TileArgs): TileXYZ {
  return Object.freeze(Object.defineProperties(readTile(args), members)) as TileXYZ;
}
