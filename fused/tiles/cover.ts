import { boxCenter, boxWidth, checkBox } from "./box.ts";
import { bounds, tile, truncateLngLat } from "./mercator.ts";
import type { TruncateOption } from "./mercator.ts";
import { checkZoom, MAX_ZOOM, TileError } from "./tile.ts";
import type { Box, Tile } from "./tile.ts";

/** Taken off the south-east corner, so that the box of a tile is covered by that tile alone (mercantile's value). */
const BOX_EPSILON = 1e-11;
/** Latitude to which boxes are cut, mercantile's rounding of 85.0511287798066. */
const LATITUDE_LIMIT = 85.051129;
const MOST_TILES = 1_000_000;

interface Span {
  from: Tile;
  to: Tile;
}

/**
 * All tiles that cover a box, at one or more zooms, column by column from the north-west.
 * A box with west above east crosses the antimeridian; its western part of the world (at −180°) comes first.
 * @throws TileError for a box with south above north, or one of more than a million tiles.
 */
export function tiles(
  west: number,
  south: number,
  east: number,
  north: number,
  zooms: number | readonly number[],
  options: TruncateOption = {},
): Tile[] {
  let box = checkBox([west, south, east, north]);
  if (options.truncate) box = [...truncateLngLat(west, south), ...truncateLngLat(east, north)];
  const found: Tile[] = [];
  for (const part of split(box)) {
    for (const zoom of typeof zooms === "number" ? [zooms] : zooms) {
      const span = tileSpan(part, zoom);
      if (found.length + spanSize(span) > MOST_TILES) {
        throw new TileError(`[${box.join(", ")}] has more than ${MOST_TILES} tiles at zoom ${zoom}: ask for less`);
      }
      for (let x = span.from.x; x <= span.to.x; x++) {
        for (let y = span.from.y; y <= span.to.y; y++) found.push({ x, y, z: zoom });
      }
    }
  }
  return found;
}

function split(box: Box): Box[] {
  const [west, south, east, north] = box;
  if (west <= east) return [box];
  return [
    [-180, south, east, north],
    [west, south, 180, north],
  ];
}

function tileSpan([west, south, east, north]: Box, zoom: number): Span {
  const top = Math.min(LATITUDE_LIMIT, north);
  const bottom = Math.max(-LATITUDE_LIMIT, south);
  return {
    from: tile(Math.max(-180, west), top, zoom, { truncate: true }),
    to: tile(Math.min(180, east) - BOX_EPSILON, bottom + BOX_EPSILON, zoom, { truncate: true }),
  };
}

function spanSize({ from, to }: Span): number {
  return Math.max(0, to.x - from.x + 1) * Math.max(0, to.y - from.y + 1);
}

/**
 * The smallest tile that contains a box; 0/0/0 where it crosses the equator, the prime meridian, the antimeridian or
 * reaches a pole. Zoom is at most 28.
 */
export function boundingTile(
  west: number,
  south: number,
  east: number,
  north: number,
  options: TruncateOption = {},
): Tile {
  let [w, s, e, n] = checkBox([west, south, east, north]);
  if (options.truncate) [[w, s], [e, n]] = [truncateLngLat(w, s), truncateLngLat(e, n)];
  if (w > e || Math.abs(n) >= 90 || Math.abs(s + BOX_EPSILON) >= 90) return { x: 0, y: 0, z: 0 };
  const deepest = 32;
  const first = tile(w, n, deepest);
  const last = tile(e - BOX_EPSILON, s + BOX_EPSILON, deepest);
  for (let z = MAX_ZOOM; z > 0; z--) {
    const scale = 2 ** (deepest - z);
    const [x, y] = [Math.floor(first.x / scale), Math.floor(first.y / scale)];
    if (x === Math.floor(last.x / scale) && y === Math.floor(last.y / scale)) return { x, y, z };
  }
  return { x: 0, y: 0, z: 0 };
}

/**
 * The tile whose box this is, up to rounding: coordinates written with a few decimals still find their tile.
 * @param options.tolerance how far an edge may be off, as a part of the tile's width or height. Default 0.01.
 * @returns undefined where no tile is that near.
 */
export function nearest(box: Readonly<Box>, options: { tolerance?: number } = {}): Tile | undefined {
  const checked = checkBox(box);
  const tolerance = options.tolerance ?? 0.01;
  const zoom = Math.round(Math.log2(360 / boxWidth(checked)));
  if (!(zoom >= 0 && zoom <= MAX_ZOOM)) return undefined;
  const candidate = tile(...boxCenter(checked), zoom, { truncate: true });
  const edges = bounds(candidate);
  const [width, height] = [edges[2] - edges[0], edges[3] - edges[1]];
  const near = edges.every((edge, i) => Math.abs(edge - checked[i]!) <= tolerance * (i % 2 === 0 ? width : height));
  return near ? candidate : undefined;
}

/**
 * The zoom at which one tile is about as large as a box: the largest zoom up to `maxZoom` (20) whose tile at the box's
 * centre is at least as wide and as high as the box. 0 where none is.
 */
export function zoomFor(box: Readonly<Box>, options: { maxZoom?: number } = {}): number {
  const checked = checkBox(box);
  const width = boxWidth(checked);
  const height = checked[3] - checked[1];
  for (let zoom = options.maxZoom ?? 20; zoom > 0; zoom--) {
    const edges = bounds(tile(...boxCenter(checked), zoom, { truncate: true }));
    if (edges[2] - edges[0] >= width - BOX_EPSILON && edges[3] - edges[1] >= height - BOX_EPSILON) return zoom;
  }
  return 0;
}

export interface TilesForOptions {
  /** About how many tiles to give. 1 (the default): the smallest single tile that contains the box. */
  count?: number;
  /** A zoom to use instead of a count. */
  zoom?: number;
}

/** The tiles that cover a box: about `count` of them (the zoom that comes nearest, by ratio), or those of one `zoom`. */
export function tilesFor(box: Readonly<Box>, options: TilesForOptions = {}): Tile[] {
  const checked = checkBox(box);
  if (options.zoom !== undefined) {
    checkZoom(options.zoom);
    return tiles(...checked, options.zoom);
  }
  const count = options.count ?? 1;
  if (!(count >= 1)) throw new TileError(`count must be 1 or more, not ${count}`);
  if (count === 1) return [boundingTile(...checked)];
  let best = { zoom: 0, off: Infinity };
  for (let zoom = 0; zoom <= MAX_ZOOM; zoom++) {
    const size = split(checked).reduce((sum, part) => sum + spanSize(tileSpan(part, zoom)), 0);
    const off = Math.abs(Math.log(size / count));
    if (off < best.off) best = { zoom, off };
    if (size > count) break;
  }
  return tiles(...checked, best.zoom);
}
