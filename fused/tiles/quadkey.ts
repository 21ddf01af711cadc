import { readTile, TileError } from "./tile.ts";
import type { Tile, TileArgs } from "./tile.ts";

/** The tile's quadkey: one digit 0–3 a zoom; "" for 0/0/0. */
export function quadkey(...args: TileArgs): string {
  const { x, y, z } = readTile(args);
  let digits = "";
  for (let level = z - 1; level >= 0; level--) {
    const bit = 2 ** level;
    digits += (Math.floor(x / bit) % 2) + 2 * (Math.floor(y / bit) % 2);
  }
  return digits;
}

/** The tile of a quadkey. @throws TileError where a digit is not 0–3. */
export function quadkeyToTile(quadkey: string): Tile {
  if (!/^[0-3]{0,32}$/.test(quadkey)) throw new TileError(`A quadkey is up to 32 digits 0 to 3, not "${quadkey}"`);
  let [x, y] = [0, 0];
  for (const digit of quadkey) {
    x = 2 * x + (Number(digit) % 2);
    y = 2 * y + Math.floor(Number(digit) / 2);
  }
  return { x, y, z: quadkey.length };
}
