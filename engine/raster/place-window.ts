import { RasterError, type Level, type OpenRaster } from "./open-raster.ts";
import { knownSystems, projectionOf, type Projection } from "./projection.ts";
import type { WindowRequest } from "./read-window.ts";
import { createWarp, type Warp } from "./warp.ts";

type Box = [number, number, number, number];

const radius = 6_378_137;
const half = Math.PI * radius;
const metres = (degrees: number) => (degrees / 180) * half;
const degreesEast = (x: number) => (x / half) * 180;
const mercatorY = (latitude: number) => radius * Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360));
const latitude = (y: number) => (Math.atan(Math.sinh(y / radius)) * 180) / Math.PI;

/** Where the columns and rows of the result lie in the raster: fractions of its width and height, from its top left corner. */
export interface Placement {
  width: number;
  height: number;
  across: Float64Array;
  down: Float64Array;
  /** In another reference system each pixel has a place of its own, and `across` and `down` are the ends of their ranges. */
  warp?: Warp;
  /** How far apart two neighbours in the result's middle lie: shares of the raster's width and height. */
  step: [across: number, down: number];
  bounds: Box;
}

/** The smallest version of the raster that still has a pixel for each of the result. */
export function chooseLevel(levels: Level[], { step: [stepX, stepY] }: Placement): Level {
  // A little less than a pixel will do: zooms and overviews seldom are exact halves.
  const suits = ({ width: w, height: h }: Level) => stepX * w >= 0.8 && stepY * h >= 0.8;
  return levels.findLast(suits) ?? levels[0]!;
}

/**
 * Where the pixels of the window lie in the raster.
 * @throws TypeError for a request that makes no sense; RasterError for a reference system that degrees cannot be turned into
 */
export function placeWindow({ box, crs, levels }: OpenRaster, request: WindowRequest, name: string): Placement {
  const { tile, margin = 0 } = request;
  const system = request.crs === "source" ? "source" : systemOf(crs, name);
  const projection = typeof system === "object" ? system : undefined;
  const [west, south, east, north] = box;
  const asDegrees: Box = projection
    ? outlineInDegrees(box, projection)
    : system === "mercator"
      ? [degreesEast(west), latitude(south), degreesEast(east), latitude(north)]
      : [...box];
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
  const bounds: Box = isMercator
    ? [degreesEast(outer[0]), latitude(outer[1]), degreesEast(outer[2]), latitude(outer[3])]
    : outer;
  /** Where a pixel's middle lies in the raster. */
  const place = (column: number, row: number): [number, number] => {
    const [across, down] = [outer[0] + (column + 0.5) * stepX, outer[3] - (row + 0.5) * stepY];
    const [x, y] = projection
      ? projection.forward(isMercator ? degreesEast(across) : across, isMercator ? latitude(down) : down)
      : [toSourceX(across), toSourceY(down)];
    return [(x - west) / (east - west), (north - y) / (north - south)];
  };
  const placement = { width: columns, height: rows, step: stepOf(place, columns / 2, rows / 2), bounds };
  if (projection) {
    const warp = createWarp(columns, rows, place);
    const range = warp.range();
    return { ...placement, across: Float64Array.from(range.across), down: Float64Array.from(range.down), warp };
  }
  return {
    ...placement,
    across: Float64Array.from({ length: columns }, (_none, i) => place(i, 0)[0]),
    down: Float64Array.from({ length: rows }, (_none, i) => place(0, i)[1]),
  };
}

function stepOf(place: (column: number, row: number) => [number, number], x: number, y: number): [number, number] {
  const [here, right, below] = [place(x, y), place(x + 1, y), place(x, y + 1)];
  return [Math.hypot(right[0] - here[0], below[0] - here[0]), Math.hypot(right[1] - here[1], below[1] - here[1])];
}

/** @throws RasterError where degrees cannot be turned into the raster's units */
function systemOf(crs: string, name: string): "degrees" | "mercator" | Projection {
  if (/^$|^EPSG:(4326|4269|4258|4979)$/.test(crs)) return "degrees";
  if (/^EPSG:(3857|900913|3785)$/.test(crs)) return "mercator";
  const projection = projectionOf(crs);
  if (projection) return projection;
  throw new RasterError(
    `fused.readRaster: ${name} is in ${crs}, into which degrees cannot be turned here: known are ${knownSystems}. Give the ` +
      'bounds in the raster\'s own units, { bounds, crs: "source" }, or warp the file (gdalwarp -t_srs EPSG:3857 -of COG).',
  );
}

/** The box around a projected box, whose sides are bent in degrees. */
function outlineInDegrees([west, south, east, north]: Box, projection: Projection): Box {
  const around: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i <= 20; i++) {
    const [x, y] = [west + ((east - west) * i) / 20, south + ((north - south) * i) / 20];
    for (const [longitude, latitude] of [
      projection.inverse(x, south),
      projection.inverse(x, north),
      projection.inverse(west, y),
      projection.inverse(east, y),
    ]) {
      around[0] = Math.min(around[0], longitude);
      around[1] = Math.min(around[1], latitude);
      around[2] = Math.max(around[2], longitude);
      around[3] = Math.max(around[3], latitude);
    }
  }
  return around;
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
