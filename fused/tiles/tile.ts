/** One web-mercator tile: column from the west, row from the north, zoom. */
export interface Tile {
  x: number;
  y: number;
  z: number;
}

/** `[west, south, east, north]` in degrees (WGS84). West above east means a box that crosses the antimeridian. */
export type Box = [number, number, number, number];

/** The ways a function here takes a tile: `f(tile)`, `f([x, y, z])` or `f(x, y, z)`. */
export type TileArgs = [tile: Readonly<Tile> | readonly [number, number, number]] | [x: number, y: number, z: number];

/** Deepest zoom whose tile numbers are searched, as in mercantile. */
export const MAX_ZOOM = 28;

/** A tile, place or zoom that does not exist. */
export class TileError extends RangeError {
  static {
    this.prototype.name = "TileError";
  }
}

/**
 * Checks a tile and gives it as an object.
 * @throws TileError unless x, y, z are whole numbers with 0 ≤ z ≤ 32 and 0 ≤ x, y < 2^z.
 */
export function readTile(args: TileArgs): Tile {
  const first = args[0];
  let tile: Tile;
  if (typeof first === "object" && first !== null) {
    tile = "length" in first ? { x: first[0], y: first[1], z: first[2] } : { x: first.x, y: first.y, z: first.z };
  } else {
    tile = { x: first as number, y: args[1] as number, z: args[2] as number };
  }
  for (const key of ["z", "x", "y"] as const) {
    if (!Number.isInteger(tile[key])) throw new TileError(`Tile ${key} must be a whole number, not ${tile[key]}`);
  }
  checkZoom(tile.z);
  const size = 2 ** tile.z;
  for (const key of ["x", "y"] as const) {
    if (tile[key] < 0 || tile[key] >= size) {
      throw new TileError(`Tile ${key} ${tile[key]} is out of range: at zoom ${tile.z} it is 0 to ${size - 1}`);
    }
  }
  return tile;
}

/** @throws TileError unless `zoom` is a whole number from 0 to 32. */
export function checkZoom(zoom: number): void {
  if (!Number.isInteger(zoom) || zoom < 0 || zoom > 32) {
    throw new TileError(`Zoom must be a whole number from 0 to 32, not ${zoom}`);
  }
}
