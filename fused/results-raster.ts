import type { Box, Tile } from "./tiles/index.ts";
import { bounds } from "./tiles/index.ts";
import { FusedError } from "./errors.ts";

/** Numbers of a raster: a typed array, or a plain one (taken as floats). */
export type RasterData = number[] | Exclude<NodeJS.TypedArray, BigInt64Array | BigUint64Array>;

/** An image of numbers, rows from the north, as a UDF returns it. */
export interface Raster {
  data: RasterData;
  width: number;
  height: number;
  /** 1 (values), 3 (RGB) or 4 (RGBA). Told from the length of `data` where it is absent. */
  bands?: number;
  /**
   * True: the bands of a pixel stand side by side, as in a canvas' ImageData. False: one band after the other, as in
   * GeoTIFF and numpy. Where it is absent, a `Uint8ClampedArray` (what ImageData holds) is taken as true.
   */
  interleaved?: boolean;
  /** West, south, east, north in degrees. */
  bounds?: Box;
  /** The number that means "nothing here", as `fused.readRaster` gives it. */
  nodata?: number;
}

/** The raster in a value: `{ data, width, height, bands? }`, or a pair of that and its bounds in degrees. */
export function asRaster(value: unknown): Raster | undefined {
  if (Array.isArray(value)) {
    const [first, box] = value as unknown[];
    const raster = value.length === 2 && isBox(box) ? asRaster(first) : undefined;
    return raster && { ...raster, bounds: box as Box };
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { data, width, height } = value as Partial<Raster>;
  const isArray = Array.isArray(data) || (ArrayBuffer.isView(data) && !(data instanceof DataView));
  return isArray && Number.isInteger(width) && Number.isInteger(height) ? (value as Raster) : undefined;
}

function isBox(value: unknown): boolean {
  return Array.isArray(value) && value.length === 4 && value.every((each) => typeof each === "number");
}

/**
 * One raster of the rasters of several tiles of one zoom, each in its place; what no tile covers is `nodata`, or 0.
 * @throws FusedError where they differ in size, number of bands or type
 */
export function mosaicRasters(parts: { tile: Tile; raster: Raster }[]): Raster {
  const first = parts[0]!.raster;
  const bands = bandCount(first);
  const interleaved = isInterleaved(first);
  for (const { tile, raster } of parts) {
    const fits =
      raster.width === first.width &&
      raster.height === first.height &&
      bandCount(raster) === bands &&
      isInterleaved(raster) === interleaved &&
      raster.data.constructor === first.data.constructor;
    if (fits) continue;
    throw new FusedError(
      `The tiles' rasters do not join: tile ${parts[0]!.tile.z}/${parts[0]!.tile.x}/${parts[0]!.tile.y} gave ` +
        `${describeRaster(first)}, tile ${tile.z}/${tile.x}/${tile.y} gave ${describeRaster(raster)}.`,
    );
  }
  const columns = span(parts.map(({ tile }) => tile.x));
  const rows = span(parts.map(({ tile }) => tile.y));
  const [width, height] = [first.width * columns.count, first.height * rows.count];
  const data = new (first.data.constructor as new (length: number) => RasterData)(width * height * bands);
  if (Array.isArray(data) || first.nodata !== undefined) data.fill(first.nodata ?? 0);
  const [planes, step] = interleaved ? [1, bands] : [bands, 1];
  for (const { tile, raster } of parts) {
    const [left, top] = [(tile.x - columns.first) * first.width, (tile.y - rows.first) * first.height];
    for (let plane = 0; plane < planes; plane++) {
      for (let y = 0; y < first.height; y++) {
        const from = (plane * first.height + y) * first.width * step;
        const to = ((plane * height + top + y) * width + left) * step;
        copyInto(data, raster.data, from, from + first.width * step, to);
      }
    }
  }
  const { z } = parts[0]!.tile;
  const [west, , , north] = bounds({ x: columns.first, y: rows.first, z });
  const [, south, east] = bounds({ x: columns.first + columns.count - 1, y: rows.first + rows.count - 1, z });
  const { nodata } = first;
  const box: Box = [west, south, east, north];
  return { data, width, height, bands, interleaved, bounds: box, ...(nodata !== undefined && { nodata }) };
}

/**
 * How many bands a raster has.
 * @throws FusedError where its data is no whole number of them
 */
function bandCount({ data, width, height, bands }: Raster): number {
  const told = bands ?? data.length / (width * height);
  if (Number.isInteger(told) && data.length === told * width * height) return told;
  throw new FusedError(
    `A raster of ${width} × ${height}${bands === undefined ? "" : ` with ${bands} bands`} has ${data.length} numbers.`,
  );
}

function isInterleaved({ data, interleaved }: Raster): boolean {
  return interleaved ?? data instanceof Uint8ClampedArray;
}

function describeRaster(raster: Raster): string {
  return `${raster.data.constructor.name} ${raster.width} × ${raster.height} × ${bandCount(raster)}`;
}

function span(numbers: number[]): { first: number; count: number } {
  const first = Math.min(...numbers);
  return { first, count: Math.max(...numbers) - first + 1 };
}

function copyInto(target: RasterData, source: RasterData, from: number, end: number, to: number): void {
  if (!Array.isArray(target) && !Array.isArray(source)) target.set(source.subarray(from, end) as never, to);
  else for (let i = from; i < end; i++) target[to + i - from] = source[i]!;
}
