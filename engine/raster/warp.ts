/** Where the pixels of a result lie in a raster of another reference system. */
export interface Warp {
  /** Writes the places of a row's pixels, as fractions of the raster's width and height from its top left corner. */
  row(y: number, across: Float64Array, down: Float64Array): void;
  /** The least and the greatest of these fractions, both [0, 0] where none is a number. */
  range(): { across: [number, number]; down: [number, number] };
}

/** Pixels between two that are placed exactly. */
const step = 16;

/**
 * Places every sixteenth pixel exactly, and those between by straight lines, as GDAL's approximating transformer does: what a
 * projection bends over sixteen pixels is far less than one.
 * @param place the place of a pixel's middle, column and row counted from 0; NaN where it has none
 */
export function createWarp(
  width: number,
  height: number,
  place: (column: number, row: number) => [number, number],
): Warp {
  const columns = Math.ceil(Math.max(1, width - 1) / step) + 1;
  const rows = Math.ceil(Math.max(1, height - 1) / step) + 1;
  const nodesAcross = new Float64Array(columns * rows);
  const nodesDown = new Float64Array(columns * rows);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      [nodesAcross[at], nodesDown[at]] = place(column * step, row * step);
    }
  }
  return {
    row(y, across, down) {
      const first = Math.min(rows - 2, Math.floor(y / step));
      const v = y / step - first;
      for (let x = 0; x < width; x++) {
        const column = Math.min(columns - 2, Math.floor(x / step));
        const u = x / step - column;
        const a = first * columns + column;
        const b = a + columns;
        across[x] =
          (nodesAcross[a]! * (1 - u) + nodesAcross[a + 1]! * u) * (1 - v) +
          (nodesAcross[b]! * (1 - u) + nodesAcross[b + 1]! * u) * v;
        down[x] =
          (nodesDown[a]! * (1 - u) + nodesDown[a + 1]! * u) * (1 - v) +
          (nodesDown[b]! * (1 - u) + nodesDown[b + 1]! * u) * v;
      }
    },
    range: () => ({ across: extentOf(nodesAcross), down: extentOf(nodesDown) }),
  };
}

function extentOf(values: Float64Array): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return least > greatest ? [0, 0] : [least, greatest];
}
