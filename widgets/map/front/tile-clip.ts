import { ClipExtension } from "@deck.gl/extensions";
import type { Bounds } from "../mercator.ts";

const extension = new ClipExtension();
/** Beyond these, a tile at the world's edge is open: shapes over the antimeridian go on there. */
const [farWest, farEast, farSouth, farNorth] = [-539, 539, -89.9, 89.9];

/**
 * Keeps a layer of a tile's features to the tile's box, so that what stands in two tiles is drawn once: areas and lines
 * by the pixel, points by their place.
 * @param props the layer's, which may have extensions of their own
 */
export function clippedTo<T extends Record<string, unknown>>(clip: Bounds | undefined, props: T): T {
  if (!clip) return props;
  const [west, south, east, north] = clip;
  const clipBounds = [
    west <= -180 ? farWest : west,
    south < -85 ? farSouth : south,
    east >= 180 ? farEast : east,
    north > 85 ? farNorth : north,
  ];
  return { ...props, extensions: [...((props["extensions"] as unknown[] | undefined) ?? []), extension], clipBounds };
}
