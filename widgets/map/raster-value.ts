export type RasterData = ArrayLike<number> & Iterable<number>;

/** An image of numbers, rows from the north. */
export interface Raster {
  data: RasterData;
  width: number;
  height: number;
  /** 1 (values), 3 (RGB) or 4 (RGBA); told from the length of `data` when absent. */
  bands?: number;
  /** The bands of a pixel side by side, as in a canvas' ImageData. Default: only for a `Uint8ClampedArray`. */
  interleaved?: boolean;
  /** West, south, east, north in degrees. */
  bounds?: [number, number, number, number];
  /** The number that means "nothing here", as `fused.readRaster` gives it. */
  nodata?: number;
}

/**
 * How many bands a raster has.
 * @throws TypeError where that is not 1, 3 or 4, or the data is longer or shorter
 */
export function bandCount({ data, width, height, bands }: Raster): 1 | 3 | 4 {
  const count = bands ?? data.length / (width * height);
  if (isBandCount(count) && data.length === count * width * height) return count;
  throw new TypeError(
    `A raster of ${width} × ${height} holds ${width * height} numbers for each of 1, 3 or 4 bands; ` +
      `this one has ${data.length} numbers${bands === undefined ? "" : ` for ${bands} bands`}.`,
  );
}

function isBandCount(count: number): count is 1 | 3 | 4 {
  return count === 1 || count === 3 || count === 4;
}

/** Whether a raster has as many numbers as its size and bands ask for. */
export function isWholeRaster(value: unknown): value is Raster {
  if (!isRaster(value)) return false;
  const { data, width, height, bands = data.length / (width * height) } = value;
  return isBandCount(bands) && data.length === bands * width * height;
}

/** Whether a value is meant as a raster: `{ data, width, height, bands? }`. */
export function isRaster(value: unknown): value is Raster {
  if (typeof value !== "object" || value === null) return false;
  const { data, width, height } = value as Partial<Raster>;
  const isNumbers = (ArrayBuffer.isView(data) && !(data instanceof DataView)) || Array.isArray(data);
  return isNumbers && isSize(width) && isSize(height) && typeof (data as RasterData)[0] !== "object";
}

/** Whether a value is a raster and its box: `[raster, [west, south, east, north]]`. */
export function isPlacedRaster(value: unknown): value is [Raster, [number, number, number, number]] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [raster, bounds] = value as [unknown, unknown];
  return isRaster(raster) && Array.isArray(bounds) && bounds.length === 4 && bounds.every(Number.isFinite);
}

function isSize(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0;
}
