import { boxGeometry, checkBox } from "./box.ts";
import type { BoxGeometry } from "./box.ts";
import { boundingTile } from "./cover.ts";
import type { Box, Tile } from "./tile.ts";

/**
 * The value a UDF gets for a `Bounds` parameter: `[xmin, ymin, xmax, ymax]` in degrees, its edges by name too. It is frozen,
 * and not `readonly` all the same, because GeoJSON's BBox is not.
 */
export type Bounds = [xmin: number, ymin: number, xmax: number, ymax: number] & {
  readonly xmin: number;
  readonly ymin: number;
  readonly xmax: number;
  readonly ymax: number;
  /** The smallest tile that contains the box. */
  toTile(): Tile;
  /** One row with the box as its geometry. */
  toGeoDataFrame(): BoundsCollection;
};

export interface BoundsCollection {
  type: "FeatureCollection";
  features: { type: "Feature"; properties: Record<string, never>; geometry: BoxGeometry }[];
}

// Not enumerable: as JSON, as a structured clone and to `deepEqual` the value is four numbers.
const members: PropertyDescriptorMap & ThisType<Box> = {
  xmin: { get: edge(0) },
  ymin: { get: edge(1) },
  xmax: { get: edge(2) },
  ymax: { get: edge(3) },
  toTile: {
    value(): Tile {
      return boundingTile(...this);
    },
  },
  toGeoDataFrame: {
    value(): BoundsCollection {
      return {
        type: "FeatureCollection",
        features: [{ type: "Feature", properties: {}, geometry: boxGeometry(this) }],
      };
    },
  },
};

function edge(index: 0 | 1 | 2 | 3): () => number {
  return function (this: Box) {
    return this[index];
  };
}

/**
 * Makes a `Bounds` of four numbers.
 * @throws TileError unless they are finite and ymin is not above ymax (xmin above xmax crosses the antimeridian).
 */
export function createBounds(box: readonly number[]): Bounds {
  return Object.freeze(Object.defineProperties(checkBox(box), members)) as unknown as Bounds;
}
