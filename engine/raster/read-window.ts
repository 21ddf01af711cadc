import { bilinear } from "./bilinear.ts";
import { RasterError, type DecodedTile, type Level, type OpenRaster } from "./open-raster.ts";
import { chooseLevel, placeWindow, type Placement } from "./place-window.ts";
import type { Warp } from "./warp.ts";

/** The part of a raster that is wanted, and how large it is to be. */
export interface WindowRequest {
  /** West, south, east, north in degrees; in the raster's own units with `crs: "source"`. Default: all of it. */
  bounds?: [number, number, number, number];
  /** A map tile: its area, with rows evenly spaced in web mercator. Default size 256 × 256. */
  tile?: { x: number; y: number; z: number };
  /** Pixels of the result. Default: the pixels of the raster in that area. */
  width?: number;
  height?: number;
  /** Bands from 1. Default: all. */
  bands?: number[];
  /** `nearest` keeps the numbers as they are; `bilinear` is smoother. Default nearest. */
  resampling?: "nearest" | "bilinear";
  crs?: "source";
  /** Pixels around the result, for slopes and filters; they widen its bounds. Default 0. */
  margin?: number;
}

/** A raster as UDFs have it, rows from the north, one band after the other. */
export interface RasterWindow {
  data: Numbers;
  width: number;
  height: number;
  bands: number;
  /** In degrees, or in the raster's own units with `crs: "source"`. */
  bounds: [number, number, number, number];
  crs: string;
  /** The number that means "nothing here". Pixels beyond the raster have it too (NaN, or 0, where there is none). */
  nodata?: number;
}

type Numbers = Exclude<NodeJS.TypedArray, BigInt64Array | BigUint64Array>;

const mostNumbers = 64 * 1024 * 1024;

/**
 * Reads a window.
 * @throws TypeError for a request that makes no sense; RasterError for a reference system that degrees cannot be turned into
 */
export async function readWindow(raster: OpenRaster, request: WindowRequest, name: string): Promise<RasterWindow> {
  const placement = placeWindow(raster, request, name);
  const { width, height } = placement;
  const bands = (request.bands ?? Array.from({ length: raster.bands }, (_none, i) => i + 1)).map((band) => band - 1);
  const missing = bands.find((band) => !(Number.isInteger(band) && band >= 0 && band < raster.bands));
  if (missing !== undefined) {
    throw new TypeError(`fused.readRaster: ${name} has the bands 1 to ${raster.bands}, and none ${missing + 1}.`);
  }
  if (width * height * bands.length > mostNumbers) {
    throw new TypeError(
      `fused.readRaster: ${width} × ${height} pixels of ${bands.length} bands are too many at once; give width and height, or less area.`,
    );
  }
  const level = chooseLevel(raster.levels, placement);
  const data = await sample(level, placement, bands, request.resampling === "bilinear", raster.nodata);
  const { nodata, crs } = raster;
  return {
    data,
    width,
    height,
    bands: bands.length,
    bounds: placement.bounds,
    crs,
    ...(nodata !== undefined && { nodata }),
  };
}

/** Takes the numbers of the result from the tiles that hold them. */
async function sample(
  level: Level,
  placement: Placement,
  bands: number[],
  isSmooth: boolean,
  nodata: number | undefined,
): Promise<Numbers> {
  const { width, height, across, down, warp } = placement;
  const columns = across.map((share) => share * level.width - Number(isSmooth) * 0.5);
  const rows = down.map((share) => share * level.height - Number(isSmooth) * 0.5);
  const patch = await readPatch(level, columns, rows, isSmooth);
  if (!patch) return filled(new Float32Array(width * height * bands.length), nodata ?? NaN);
  const data = filled(
    new (patch.bands[0]!.constructor as new (length: number) => Numbers)(width * height * bands.length),
    nodata,
  );
  bands.forEach((band, i) => {
    const target = data.subarray(i * width * height, (i + 1) * width * height) as Numbers;
    if (warp) warped(target, patch, patch.bands[band]!, warp, { width, level, isSmooth, nodata });
    else if (isSmooth) bilinear(target, patch, patch.bands[band]!, columns, rows, nodata);
    else nearest(target, patch, patch.bands[band]!, columns, rows);
  });
  return data;
}

function filled(data: Numbers, nodata: number | undefined): Numbers {
  if (nodata !== undefined) data.fill(nodata);
  else if (/^Float/.test(data.constructor.name)) data.fill(NaN);
  return data;
}

/** A rectangle of a level's pixels, put together from its tiles. */
interface Patch extends DecodedTile {
  left: number;
  top: number;
}

async function readPatch(
  level: Level,
  columns: Float64Array,
  rows: Float64Array,
  isSmooth: boolean,
): Promise<Patch | undefined> {
  const range = (positions: Float64Array, most: number): [number, number] => {
    const [a, b] = [positions[0]!, positions.at(-1)!];
    const first = Math.max(0, Math.floor(Math.min(a, b)));
    return [first, Math.min(most, Math.floor(Math.max(a, b)) + 1 + Number(isSmooth))];
  };
  const [left, right] = range(columns, level.width);
  const [top, bottom] = range(rows, level.height);
  if (left >= right || top >= bottom) return undefined;
  if ((right - left) * (bottom - top) > mostNumbers) {
    throw new RasterError(
      "fused.readRaster: this window takes too many pixels of a raster without overviews. Make it a Cloud-Optimised GeoTIFF.",
    );
  }
  const { tileWidth, tileHeight } = level;
  const wanted: { column: number; row: number }[] = [];
  for (let row = Math.floor(top / tileHeight); row * tileHeight < bottom; row++) {
    for (let column = Math.floor(left / tileWidth); column * tileWidth < right; column++) wanted.push({ column, row });
  }
  const tiles = await Promise.all(wanted.map(({ column, row }) => level.tile(column, row)));
  const [width, height] = [right - left, bottom - top];
  if (tiles.length === 1) {
    const [{ column, row }] = wanted as [{ column: number; row: number }];
    return { ...tiles[0]!, left: column * tileWidth, top: row * tileHeight };
  }
  const bands = tiles[0]!.bands.map(
    (band) => new (band.constructor as new (length: number) => Numbers)(width * height),
  );
  tiles.forEach((tile, i) => {
    const [x, y] = [wanted[i]!.column * tileWidth, wanted[i]!.row * tileHeight];
    const [from, to] = [Math.max(left, x), Math.min(right, x + tile.width)];
    for (let line = Math.max(top, y); line < Math.min(bottom, y + tile.height); line++) {
      bands.forEach((band, b) => {
        const start = (line - y) * tile.width - x;
        band.set(tile.bands[b]!.subarray(start + from, start + to) as never, (line - top) * width + from - left);
      });
    }
  });
  return { bands, width, height, left, top };
}

function nearest(target: Numbers, patch: Patch, band: Numbers, columns: Float64Array, rows: Float64Array): void {
  const offsets = Int32Array.from(columns, (column) => Math.floor(column) - patch.left);
  const width = columns.length;
  rows.forEach((row, y) => {
    const line = Math.floor(row) - patch.top;
    if (line < 0 || line >= patch.height) return;
    const start = line * patch.width;
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const offset = offsets[x]!;
      if (offset >= 0 && offset < patch.width) target[at] = band[start + offset]!;
    }
  });
}

interface Warping {
  width: number;
  level: Level;
  isSmooth: boolean;
  nodata: number | undefined;
}

/** Each pixel from a place of its own. */
function warped(
  target: Numbers,
  patch: Patch,
  band: Numbers,
  warp: Warp,
  { width, level, isSmooth, nodata }: Warping,
): void {
  const [across, down] = [new Float64Array(width), new Float64Array(width)];
  const shift = Number(isSmooth) * 0.5;
  const isWhole = !/^Float/.test(target.constructor.name);
  for (let y = 0, at = 0; at < target.length; y++) {
    warp.row(y, across, down);
    for (let x = 0; x < width; x++, at++) {
      const [column, line] = [across[x]! * level.width - shift, down[x]! * level.height - shift];
      if (!isSmooth) {
        const [i, j] = [Math.floor(column) - patch.left, Math.floor(line) - patch.top];
        if (i >= 0 && i < patch.width && j >= 0 && j < patch.height) target[at] = band[j * patch.width + i]!;
      } else {
        const value = between(patch, band, column - patch.left, line - patch.top, nodata);
        if (value !== undefined) target[at] = isWhole ? Math.round(value) : value;
      }
    }
  }
}

/** The value between four pixels, by the rules of `bilinear`; undefined beyond the patch. */
function between(
  { width, height }: Patch,
  band: Numbers,
  x: number,
  y: number,
  nodata: number | undefined,
): number | undefined {
  if (!(x >= -0.5 && x <= width - 0.5 && y >= -0.5 && y <= height - 0.5)) return undefined;
  const [column, line] = [Math.floor(x), Math.floor(y)];
  const [u, v] = [x - column, y - line];
  const left = Math.max(0, column);
  const right = Math.min(width - 1, column + 1);
  const first = Math.max(0, line) * width;
  const second = Math.min(height - 1, line + 1) * width;
  const [a, b, c, d] = [band[first + left]!, band[first + right]!, band[second + left]!, band[second + right]!];
  if (a === nodata || b === nodata || c === nodata || d === nodata)
    return v < 0.5 ? (u < 0.5 ? a : b) : u < 0.5 ? c : d;
  return (a * (1 - u) + b * u) * (1 - v) + (c * (1 - u) + d * u) * v;
}
