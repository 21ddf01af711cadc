import { UdfSerializationError } from "../errors.ts";
import { asRaster, type RasterData } from "../results-raster.ts";
import type { Box } from "../tiles/index.ts";

/** A raster whose size, bands and order are certain. Rows from the north. */
export interface Grid {
  data: RasterData;
  width: number;
  height: number;
  bands: number;
  /** The bands of a pixel side by side. */
  interleaved: boolean;
  /** West, south, east, north in degrees. */
  bounds: Box | undefined;
  /** The number that means "nothing here". */
  nodata?: number;
}

interface ShapedArray {
  data: RasterData;
  /** Lengths of the axes, slowest first, as numpy has them. */
  shape: number[];
}

/** Whether a value is meant as a raster: `{ data, width, height }`, `{ data, shape }`, or a pair of one and its bounds. */
export function isGrid(value: unknown): boolean {
  return asRaster(value) !== undefined || shapedArray(value) !== undefined;
}

/**
 * The raster in a value. Of an array with more than three axes the leading ones are taken at index 0; three axes are bands
 * first, as in numpy's images of rasterio.
 * @throws UdfSerializationError where the numbers do not fill the size, or an array has one axis only
 */
export function gridOf(value: unknown): Grid {
  const raster = asRaster(value);
  if (raster) {
    const { data, width, height, bounds, nodata } = raster;
    const bands = raster.bands ?? data.length / (width * height);
    const interleaved = raster.interleaved ?? data instanceof Uint8ClampedArray;
    return checked({ data, width, height, bands, interleaved, bounds, nodata });
  }
  const shaped = shapedArray(value)!;
  const { shape } = shaped.array;
  if (shape.length < 2) {
    throw new UdfSerializationError(
      `An array of ${shape.length} axis is no picture: give one of two axes [height, width] or three [bands, height, width].`,
    );
  }
  const [bands, height, width] =
    shape.length === 2 ? [1, shape[0]!, shape[1]!] : (shape.slice(-3) as [number, number, number]);
  const whole = shape.reduce((product, length) => product * length, 1);
  if (whole !== shaped.array.data.length) {
    throw new UdfSerializationError(
      `An array of shape [${shape.join(", ")}] holds ${whole} numbers; this one has ${shaped.array.data.length}.`,
    );
  }
  const data = shaped.array.data.slice(0, bands * height * width) as RasterData;
  return checked({ data, width, height, bands, interleaved: false, bounds: shaped.bounds });
}

function shapedArray(value: unknown): { array: ShapedArray; bounds: Box | undefined } | undefined {
  if (Array.isArray(value) && value.length === 2 && Array.isArray(value[1]) && value[1].length === 4) {
    const inner = shapedArray(value[0]);
    return inner && { ...inner, bounds: value[1] as unknown as Box };
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { data, shape } = value as Partial<ShapedArray>;
  const isNumbers = Array.isArray(data) || (ArrayBuffer.isView(data) && !(data instanceof DataView));
  const isShape = Array.isArray(shape) && shape.every((length) => Number.isInteger(length) && length >= 0);
  return isNumbers && isShape ? { array: value as ShapedArray, bounds: undefined } : undefined;
}

function checked(grid: Grid): Grid {
  const { data, width, height, bands } = grid;
  if (Number.isInteger(bands) && bands > 0 && data.length === bands * width * height) return grid;
  throw new UdfSerializationError(
    `A raster of ${width} × ${height} pixels holds ${width * height} numbers a band; this one has ${data.length}` +
      `${Number.isInteger(bands) ? ` for ${bands} bands` : ""}.`,
  );
}

/** The position of a value: `index(band, pixel)`. */
export function strides({ width, height, bands, interleaved }: Grid): { pixel: number; band: number } {
  return interleaved ? { pixel: bands, band: 1 } : { pixel: 1, band: width * height };
}
