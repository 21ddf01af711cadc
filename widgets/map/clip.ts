/** A rectangle in pixels. */
export interface Frame {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * The part of a ring that stands in a frame (I. Sutherland and G. Hodgman, "Reentrant polygon clipping", 1974). What is
 * drawn keeps small coordinates however far zoomed in; edges along the frame are for filling, not for stroking.
 * @param ring x, y, x, y, … in pixels
 */
export function clipRing(ring: number[], { left, top, right, bottom }: Frame): number[] {
  let points = clipSide(ring, 0, left, 1);
  points = clipSide(points, 0, right, -1);
  points = clipSide(points, 1, top, 1);
  return clipSide(points, 1, bottom, -1);
}

/** Keeps what lies on one side of a line at `limit`: above it where `sign` is 1, below it where it is -1. */
function clipSide(points: number[], axis: 0 | 1, limit: number, sign: 1 | -1): number[] {
  const kept: number[] = [];
  const count = points.length;
  if (count === 0) return kept;
  let [fromX, fromY] = [points[count - 2]!, points[count - 1]!];
  let fromIn = ((axis === 0 ? fromX : fromY) - limit) * sign >= 0;
  for (let i = 0; i < count; i += 2) {
    const [x, y] = [points[i]!, points[i + 1]!];
    const isIn = ((axis === 0 ? x : y) - limit) * sign >= 0;
    if (isIn !== fromIn) {
      const share = axis === 0 ? (limit - fromX) / (x - fromX) : (limit - fromY) / (y - fromY);
      kept.push(fromX + (x - fromX) * share, fromY + (y - fromY) * share);
    }
    if (isIn) kept.push(x, y);
    [fromX, fromY, fromIn] = [x, y, isIn];
  }
  return kept;
}

/**
 * The part of a step that stands in the frame (Y.-D. Liang and B. Barsky, 1984), or undefined where none does.
 */
export function clipStep(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  { left, top, right, bottom }: Frame,
): [x1: number, y1: number, x2: number, y2: number] | undefined {
  let [start, end] = [0, 1];
  const [dx, dy] = [x2 - x1, y2 - y1];
  const sides: [number, number][] = [
    [-dx, x1 - left],
    [dx, right - x1],
    [-dy, y1 - top],
    [dy, bottom - y1],
  ];
  for (const [run, room] of sides) {
    if (run === 0 && room < 0) return undefined;
    if (run < 0) start = Math.max(start, room / run);
    if (run > 0) end = Math.min(end, room / run);
  }
  return start > end ? undefined : [x1 + start * dx, y1 + start * dy, x1 + end * dx, y1 + end * dy];
}
