/**
 * Tile arithmetic, equal to mercantile's: what cells and UDFs see as `fused.tiles`.
 * Nothing in this folder imports anything from outside it, because it is also bundled into the isolates.
 */
export { boxGeometry, clipBox } from "./box.ts";
export { createBounds } from "./create-bounds.ts";
export type { Bounds } from "./create-bounds.ts";
export { createTile } from "./create-tile.ts";
export type { TileXYZ } from "./create-tile.ts";
export { boundingTile, nearest, tiles, tilesFor, zoomFor } from "./cover.ts";
export { children, neighbors, parent, simplify } from "./family.ts";
export { feature } from "./feature.ts";
export type { TileFeature, TileFeatureOptions } from "./feature.ts";
export { h3Resolution } from "./h3.ts";
export { bounds, lngLat, tile, truncateLngLat, ul, xy, xyBounds } from "./mercator.ts";
export { quadkey, quadkeyToTile } from "./quadkey.ts";
export { TileError } from "./tile.ts";
export type { Box, Tile } from "./tile.ts";
