import type { DecodedTile } from "./open-raster.ts";

type Numbers = DecodedTile["bands"][number];

/** A rectangle of a raster's pixels. */
interface Pixels {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Fills rows and columns that lie at even or uneven places of a band with the value between the four pixels around each; where
 * one of them is nothing, with the nearest. Half a pixel beyond the edge the edge goes on; what lies farther out is left alone.
 */
export function bilinear(
  target: Numbers,
  { left, top, width, height }: Pixels,
  band: Numbers,
  columns: Float64Array,
  rows: Float64Array,
  nodata: number | undefined,
): void {
  const count = columns.length;
  const [firsts, seconds, shares] = [new Int32Array(count), new Int32Array(count), new Float64Array(count)];
  let [from, to] = [count, 0];
  for (let x = 0; x < count; x++) {
    const place = columns[x]! - left;
    if (!(place >= -0.5 && place <= width - 0.5)) continue;
    const column = Math.floor(place);
    firsts[x] = Math.max(0, column);
    seconds[x] = Math.min(width - 1, column + 1);
    shares[x] = place - column;
    from = Math.min(from, x);
    to = x + 1;
  }
  // NaN is never equal to anything, as nothing is where the raster knows no number for it.
  const none = nodata ?? NaN;
  const isWhole = !/^Float/.test(target.constructor.name);
  for (let y = 0; y < rows.length; y++) {
    const place = rows[y]! - top;
    if (!(place >= -0.5 && place <= height - 0.5)) continue;
    const line = Math.floor(place);
    const upper = Math.max(0, line) * width;
    const lower = Math.min(height - 1, line + 1) * width;
    const v = place - line;
    // This loop is most of the time that a tile takes: no arrays, no calls, nothing but numbers.
    for (let x = from, at = y * count + from; x < to; x++, at++) {
      const first = firsts[x]!;
      const second = seconds[x]!;
      const u = shares[x]!;
      const a = band[upper + first]!;
      const b = band[upper + second]!;
      const c = band[lower + first]!;
      const d = band[lower + second]!;
      if (a === none || b === none || c === none || d === none) {
        target[at] = v < 0.5 ? (u < 0.5 ? a : b) : u < 0.5 ? c : d;
      } else {
        const above = a + (b - a) * u;
        const value = above + (c + (d - c) * u - above) * v;
        target[at] = isWhole ? Math.round(value) : value;
      }
    }
  }
}
