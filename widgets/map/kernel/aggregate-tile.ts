import type { FeatureTable } from "../decode-features.ts";
import type { LayerStyle } from "../map-spec.ts";
import { worldX, worldY } from "../mercator.ts";
import type { Tile } from "../mercator.ts";
import type { EncodedContent } from "./encode-tile.ts";

/** Pixels of a tile's side. */
const size = 256;

/** Places of points on the square world, worked out once a layer. */
export interface WorldPoints {
  x: Float64Array;
  y: Float64Array;
}

export function worldPoints({ points: { positions, ids } }: FeatureTable): WorldPoints {
  const x = new Float64Array(ids.length);
  const y = new Float64Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    const place = worldX(positions[2 * i]!);
    x[i] = place - Math.floor(place);
    y[i] = worldY(positions[2 * i + 1]!);
  }
  return { x, y };
}

/**
 * Sums up the points in a tile, pixel by pixel: the mean of the property that colours them, or how many there are, as
 * its logarithm to the base 10. The page colours these numbers as it would a raster.
 */
export function aggregateTile(
  table: FeatureTable,
  world: WorldPoints,
  style: LayerStyle,
  { z, x, y }: Tile,
  isShown?: (feature: number) => boolean,
): EncodedContent | undefined {
  const across = 2 ** z;
  const values = style.colorBy === undefined ? undefined : table.numbers(style.colorBy);
  const { ids } = table.points;
  const counts = new Uint32Array(size * size);
  const sums = values && new Float64Array(size * size);
  let any = false;
  for (let i = 0; i < ids.length; i++) {
    const column = Math.floor((world.x[i]! * across - x) * size);
    if (column < 0 || column >= size) continue;
    const row = Math.floor((world.y[i]! * across - y) * size);
    if (row < 0 || row >= size || (isShown && !isShown(ids[i]!))) continue;
    const value = values ? values[ids[i]!]! : 0;
    if (Number.isNaN(value)) continue;
    const at = row * size + column;
    counts[at]!++;
    if (sums) sums[at]! += value;
    any = true;
  }
  if (!any) return undefined;
  const data = new Float32Array(size * size);
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    if (counts[i] === 0) {
      data[i] = NaN;
      continue;
    }
    const value = sums ? sums[i]! / counts[i]! : Math.log10(counts[i]!);
    data[i] = value;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  const bytes = new Uint8Array(data.buffer);
  const extent: [number, number] = sums ? [least, greatest] : [0, Math.max(0.5, greatest)];
  return {
    content: { media: "numbers", dtype: "float32", width: size, height: size, extent, aggregated: true },
    buffers: [bytes],
  };
}
