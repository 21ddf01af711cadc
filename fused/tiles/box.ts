import { TileError } from "./tile.ts";
import type { Box } from "./tile.ts";

/**
 * Checks a box.
 * @throws TileError unless it is four finite numbers with south not above north.
 */
export function checkBox(box: readonly number[]): Box {
  const [west, south, east, north] = box;
  if (box.length !== 4 || !box.every((value) => typeof value === "number" && Number.isFinite(value))) {
    throw new TileError(`A box is four finite numbers [west, south, east, north], not [${box.join(", ")}]`);
  }
  if (south! > north!) throw new TileError(`The box's south ${south} is above its north ${north}`);
  return [west!, south!, east!, north!];
}

/** Degrees from west to east, going east (so that a box across the antimeridian has its true width). */
export function boxWidth([west, , east]: Readonly<Box>): number {
  return west > east ? east - west + 360 : east - west;
}

/** Centre `[lng, lat]` of a box in degrees, longitude within ±180. */
export function boxCenter(box: Readonly<Box>): [lng: number, lat: number] {
  const lng = box[0] + boxWidth(box) / 2;
  return [lng > 180 ? lng - 360 : lng, (box[1] + box[3]) / 2];
}

/** What two boxes have in common, or undefined where they only touch or lie apart. */
export function clipBox(a: Readonly<Box>, b: Readonly<Box>): Box | undefined {
  if (b[0] > b[2]) {
    return clipBox(a, [b[0], b[1], 180, b[3]]) ?? clipBox(a, [-180, b[1], b[2], b[3]]);
  }
  const clipped: Box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return clipped[0] < clipped[2] && clipped[1] < clipped[3] ? clipped : undefined;
}

/** The box as a closed GeoJSON ring, starting lower left and going north (mercantile's order). */
export function boxRing([west, south, east, north]: Readonly<Box>): [number, number][] {
  return [
    [west, south],
    [west, north],
    [east, north],
    [east, south],
    [west, south],
  ];
}

/**
 * The box as a GeoJSON geometry: a Polygon, or a MultiPolygon of two where it crosses the antimeridian (RFC 7946, 3.1.9).
 */
export function boxGeometry(box: Readonly<Box>): BoxGeometry {
  const [west, south, east, north] = box;
  if (west <= east) return { type: "Polygon", coordinates: [boxRing(box)] };
  return {
    type: "MultiPolygon",
    coordinates: [[boxRing([west, south, 180, north])], [boxRing([-180, south, east, north])]],
  };
}

export type BoxGeometry =
  | { type: "Polygon"; coordinates: [number, number][][] }
  | { type: "MultiPolygon"; coordinates: [number, number][][][] };
