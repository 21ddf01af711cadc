import { RasterError, type DecodedTile, type Level, type OpenRaster } from "./open-raster.ts";

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
type Box = [number, number, number, number];

const mostNumbers = 64 * 1024 * 1024;
const radius = 6_378_137;
const half = Math.PI * radius;
const metres = (degrees: number) => (degrees / 180) * half;
const degreesEast = (x: number) => (x / half) * 180;
const mercatorY = (latitude: number) => radius * Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360));
const latitude = (y: number) => (Math.atan(Math.sinh(y / radius)) * 180) / Math.PI;

/** Where the columns and rows of the result lie in the raster: fractions of its width and height, from its top left corner. */
interface Placement {
  width: number;
  height: number;
  across: Float64Array;
  down: Float64Array;
  bounds: Box;
}

/**
 * Reads a window.
 * @throws TypeError for a request that makes no sense; RasterError for a reference system that degrees cannot be turned into
 */
export async function readWindow(raster: OpenRaster, request: WindowRequest, name: string): Promise<RasterWindow> {
  const placement = place(raster, request, name);
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

/** The smallest version of the raster that still has a pixel for each of the result. */
function chooseLevel(levels: Level[], { width, height, across, down }: Placement): Level {
  const share = (positions: Float64Array, count: number) =>
    count > 1 ? Math.abs(positions[count - 1]! - positions[0]!) / (count - 1) : 1;
  const [stepX, stepY] = [share(across, width), share(down, height)];
  // A little less than a pixel will do: zooms and overviews seldom are exact halves.
  const suits = ({ width: w, height: h }: Level) => stepX * w >= 0.8 && stepY * h >= 0.8;
  return levels.findLast(suits) ?? levels[0]!;
}

function place({ box, crs, levels }: OpenRaster, request: WindowRequest, name: string): Placement {
  const { tile, margin = 0 } = request;
  const isSource = request.crs === "source";
  const system = isSource ? "source" : kindOf(crs, name);
  const [west, south, east, north] = box;
  const asDegrees: Box =
    system === "mercator" ? [degreesEast(west), latitude(south), degreesEast(east), latitude(north)] : [...box];
  const inner: Box = tile ? tileBox(tile) : (request.bounds ?? asDegrees);
  if (inner.length !== 4 || !inner.every(Number.isFinite) || inner[0] >= inner[2] || inner[1] >= inner[3]) {
    throw new TypeError(
      "fused.readRaster: bounds are [west, south, east, north], west before east and south before north.",
    );
  }
  // The result's columns and rows are evenly spaced in these units.
  const isMercator = tile !== undefined && system !== "source";
  const edges: Box = isMercator
    ? [metres(inner[0]), mercatorY(inner[1]), metres(inner[2]), mercatorY(inner[3])]
    : inner;
  const [left, bottom, right, top] = edges;
  const full = levels[0]!;
  const usual = (extent: number, whole: number, pixels: number) => Math.max(1, Math.round((extent / whole) * pixels));
  const width = size(
    request.width,
    tile ? 256 : usual(inner[2] - inner[0], asDegrees[2] - asDegrees[0], full.width),
    "width",
  );
  const height = size(
    request.height,
    tile ? 256 : usual(inner[3] - inner[1], asDegrees[3] - asDegrees[1], full.height),
    "height",
  );
  const [stepX, stepY] = [(right - left) / width, (top - bottom) / height];
  const outer: Box = [left - margin * stepX, bottom - margin * stepY, right + margin * stepX, top + margin * stepY];
  const toSourceX = (x: number) =>
    system === "mercator" ? (isMercator ? x : metres(x)) : isMercator ? degreesEast(x) : x;
  const toSourceY = (y: number) =>
    system === "mercator" ? (isMercator ? y : mercatorY(y)) : isMercator ? latitude(y) : y;
  const [columns, rows] = [width + 2 * margin, height + 2 * margin];
  const across = Float64Array.from(
    { length: columns },
    (_none, i) => (toSourceX(outer[0] + (i + 0.5) * stepX) - west) / (east - west),
  );
  const down = Float64Array.from(
    { length: rows },
    (_none, i) => (north - toSourceY(outer[3] - (i + 0.5) * stepY)) / (north - south),
  );
  const bounds: Box = isMercator
    ? [degreesEast(outer[0]), latitude(outer[1]), degreesEast(outer[2]), latitude(outer[3])]
    : outer;
  return { width: columns, height: rows, across, down, bounds };
}

/** @throws RasterError where degrees cannot be turned into the raster's units */
function kindOf(crs: string, name: string): "degrees" | "mercator" {
  if (/^$|^EPSG:(4326|4269|4258|4979)$/.test(crs)) return "degrees";
  if (/^EPSG:(3857|900913|3785)$/.test(crs)) return "mercator";
  throw new RasterError(
    `fused.readRaster: ${name} is in ${crs}; degrees are turned into EPSG:4326 and EPSG:3857 only. Give the bounds in the ` +
      'raster\'s own units, { bounds, crs: "source" }, or warp the file (gdalwarp -t_srs EPSG:3857 -of COG).',
  );
}

function tileBox({ x, y, z }: { x: number; y: number; z: number }): Box {
  const count = 2 ** z;
  if (![x, y, z].every(Number.isInteger) || z < 0 || x < 0 || y < 0 || x >= count || y >= count) {
    throw new TypeError(`fused.readRaster: there is no tile ${z}/${x}/${y}.`);
  }
  const span = (2 * half) / count;
  const [left, top] = [x * span - half, half - y * span];
  return [degreesEast(left), latitude(top - span), degreesEast(left + span), latitude(top)];
}

function size(given: number | undefined, usual: number, what: string): number {
  if (given === undefined) return usual;
  if (Number.isInteger(given) && given > 0) return given;
  throw new TypeError(`fused.readRaster: ${what} is a number of pixels, 1 or more; what came is ${String(given)}.`);
}

/** Takes the numbers of the result from the tiles that hold them. */
async function sample(
  level: Level,
  { width, height, across, down }: Placement,
  bands: number[],
  isSmooth: boolean,
  nodata: number | undefined,
): Promise<Numbers> {
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
    if (isSmooth) bilinear(target, patch, patch.bands[band]!, columns, rows, nodata);
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

/** Between four pixels; where one of them is nothing, the nearest of them. Half a pixel beyond the edge the edge goes on. */
function bilinear(
  target: Numbers,
  patch: Patch,
  band: Numbers,
  columns: Float64Array,
  rows: Float64Array,
  nodata: number | undefined,
): void {
  const isWhole = !/^Float/.test(target.constructor.name);
  const width = columns.length;
  const lefts = columns.map((column) => column - patch.left);
  const [lastColumn, lastRow] = [patch.width - 1, patch.height - 1];
  const clamp = (value: number, most: number) => (value < 0 ? 0 : value > most ? most : value);
  rows.forEach((row, y) => {
    const place = row - patch.top;
    if (place < -0.5 || place > lastRow + 0.5) return;
    const line = Math.floor(place);
    const first = clamp(line, lastRow) * patch.width;
    const second = clamp(line + 1, lastRow) * patch.width;
    const v = place - line;
    // Without arrays or destructuring: this loop is most of the time that a tile takes.
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const position = lefts[x]!;
      if (position < -0.5 || position > lastColumn + 0.5) continue;
      const column = Math.floor(position);
      const u = position - column;
      const left = clamp(column, lastColumn);
      const right = clamp(column + 1, lastColumn);
      const a = band[first + left]!;
      const b = band[first + right]!;
      const c = band[second + left]!;
      const d = band[second + right]!;
      if (a === nodata || b === nodata || c === nodata || d === nodata) {
        target[at] = v < 0.5 ? (u < 0.5 ? a : b) : u < 0.5 ? c : d;
        continue;
      }
      const value = (a * (1 - u) + b * u) * (1 - v) + (c * (1 - u) + d * u) * v;
      target[at] = isWhole ? Math.round(value) : value;
    }
  });
}
