import { checkZoom, readTile, TileError } from "./tile.ts";
import type { Tile } from "./tile.ts";

/**
 * The tile above, or the ancestor at `zoom`. Undefined above 0/0/0.
 * @throws TileError where `zoom` is not above the tile.
 */
export function parent(tile: Readonly<Tile>, zoom?: number): Tile | undefined {
  const { x, y, z } = readTile([tile]);
  if (zoom !== undefined) {
    checkZoom(zoom);
    if (zoom >= z) throw new TileError(`A parent of zoom ${z} is above it: zoom must be less than ${z}, not ${zoom}`);
  }
  if (z === 0) return undefined;
  const target = zoom ?? z - 1;
  const scale = 2 ** (z - target);
  return { x: Math.floor(x / scale), y: Math.floor(y / scale), z: target };
}

/**
 * The four tiles below (top left, top right, bottom right, bottom left), or all descendants at `zoom`.
 * @throws TileError where `zoom` is not below the tile.
 */
export function children(tile: Readonly<Tile>, zoom?: number): Tile[] {
  const checked = readTile([tile]);
  const target = zoom ?? checked.z + 1;
  checkZoom(target);
  if (target <= checked.z) {
    throw new TileError(`Children of zoom ${checked.z} are below it: zoom must be more than ${checked.z}`);
  }
  if (target - checked.z > 10)
    throw new TileError("Children are given for at most ten zooms at once (a million tiles)");
  let level = [checked];
  for (let z = checked.z + 1; z <= target; z++) {
    level = level.flatMap(({ x, y }) => [
      { x: 2 * x, y: 2 * y, z },
      { x: 2 * x + 1, y: 2 * y, z },
      { x: 2 * x + 1, y: 2 * y + 1, z },
      { x: 2 * x, y: 2 * y + 1, z },
    ]);
  }
  return level;
}

/** The up to eight tiles around, column by column from the west; those beyond the map's edges are left out. */
export function neighbors(tile: Readonly<Tile>): Tile[] {
  const { x, y, z } = readTile([tile]);
  const size = 2 ** z;
  const around: Tile[] = [];
  for (const column of [x - 1, x, x + 1]) {
    for (const row of [y - 1, y, y + 1]) {
      const inside = column >= 0 && row >= 0 && column < size && row < size;
      if (inside && (column !== x || row !== y)) around.push({ x: column, y: row, z });
    }
  }
  return around;
}

/** The fewest tiles that cover the same area: tiles inside others are dropped, four siblings become their parent. */
export function simplify(tiles: Iterable<Readonly<Tile>>): Tile[] {
  const kept = new Map<string, Tile>();
  const byZoom = [...tiles].map((tile) => readTile([tile])).sort((a, b) => a.z - b.z);
  for (const tile of byZoom) {
    let covered = false;
    for (let above = parent(tile); above && !covered; above = parent(above)) covered = kept.has(key(above));
    if (!covered) kept.set(key(tile), tile);
  }
  for (let zoom = byZoom.at(-1)?.z ?? 0; zoom > 0; zoom--) {
    for (const tile of [...kept.values()].filter(({ z }) => z === zoom)) {
      const above = parent(tile)!;
      const siblings = children(above).map(key);
      if (kept.has(key(above)) || !siblings.every((sibling) => kept.has(sibling))) continue;
      for (const sibling of siblings) kept.delete(sibling);
      kept.set(key(above), above);
    }
  }
  return [...kept.values()];
}

function key({ x, y, z }: Tile): string {
  return `${z}/${x}/${y}`;
}
