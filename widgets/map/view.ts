import type { Frame } from "./clip.ts";
import { latitudeAt, longitudeAt, worldX, worldY } from "./mercator.ts";
import type { Bounds } from "./mercator.ts";

/** What part of the world a picture shows, and how large. */
export interface View {
  /** CSS pixels. */
  width: number;
  height: number;
  /** The middle, on the square world (0 to 1; x beyond that where the view crosses the antimeridian). */
  centerX: number;
  centerY: number;
  /** Width of the whole world in CSS pixels: 256 × 2^zoom. */
  scale: number;
}

export interface ViewOptions {
  /** CSS pixels. Default 720 × 420. */
  width?: number;
  height?: number;
  /** West, south, east, north in degrees; the data's own box when absent. West may be greater than east. */
  bounds?: Bounds;
  /** A middle and a zoom (of 256-pixel tiles), instead of bounds. */
  longitude?: number;
  latitude?: number;
  zoom?: number;
}

const padding = 36;
/** A view of the whole square world may be this tall, whatever height was asked for. */
const tallest = 540;
/** No box is drawn closer than this, a single point among them. */
const closestFit = 14;

/** The zoom of 256-pixel tiles at which the world is as large as in the view. */
export function zoomOf({ scale }: View): number {
  return Math.log2(scale / 256);
}

/**
 * The view that shows a box, or the middle and zoom that were asked for. The world is never shown twice side by side: a
 * picture that would hold more than one is made taller or narrower.
 * @throws RangeError where a box, a middle or a zoom is not on the map
 */
export function viewOf(options: ViewOptions, dataBounds: Bounds | undefined): View {
  const { width = 720, height = 420 } = options;
  check(width >= 100 && width <= 4096 && height >= 100 && height <= 4096, `a picture of ${width} × ${height} pixels`);
  if (options.zoom !== undefined && options.longitude !== undefined && options.latitude !== undefined) {
    const { zoom, longitude, latitude } = options;
    check(
      zoom >= 0 && zoom <= 24 && Math.abs(longitude) <= 360 && Math.abs(latitude) <= 90,
      `zoom ${zoom} at ${longitude}, ${latitude}`,
    );
    return keepInside({ width, height, centerX: worldX(longitude), centerY: worldY(latitude), scale: 256 * 2 ** zoom });
  }
  return fit(options.bounds ?? dataBounds ?? [-180, -58, 180, 78], width, height);
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new RangeError(`A map cannot show ${what}.`);
}

function fit([west, south, eastGiven, north]: Bounds, width: number, height: number): View {
  const east = eastGiven < west ? eastGiven + 360 : eastGiven;
  check(
    south <= north && east - west <= 361 && Math.abs(west) <= 540,
    `the box ${[west, south, eastGiven, north].join(", ")}`,
  );
  const [left, right, top, bottom] = [worldX(west), worldX(east), worldY(north), worldY(south)];
  const isWorld = right - left > 0.85;
  const room = isWorld ? 0 : 2 * padding;
  const [boxWidth, boxHeight] = [Math.max(right - left, 1e-9), Math.max(bottom - top, 1e-9)];
  const across = (width - room) / boxWidth;
  const middle = { centerX: (left + right) / 2, centerY: (top + bottom) / 2 };
  const scale = Math.min(across, (height - room) / boxHeight, 256 * 2 ** closestFit);
  if (scale >= width) return keepInside({ ...middle, width, height, scale });
  const taller = Math.min(across, (tallest - room) / boxHeight);
  return keepInside({
    ...middle,
    width,
    height: Math.min(tallest, taller * boxHeight + room),
    scale: Math.max(256, taller),
  });
}

/** Narrows and moves a view so that it ends where the world ends. */
function keepInside({ width, height, scale, centerX, centerY }: View): View {
  const inside = { width: Math.round(Math.min(width, scale)), height: Math.round(Math.min(height, scale)) };
  const half = inside.height / 2 / scale;
  return { ...inside, scale, centerX, centerY: Math.max(half, Math.min(1 - half, centerY)) };
}

/** The box that a view shows, in degrees; west from -360 to 360. */
export function boundsOf({ width, height, centerX, centerY, scale }: View): Bounds {
  const [across, down] = [width / 2 / scale, height / 2 / scale];
  return [
    longitudeAt(centerX - across),
    latitudeAt(Math.min(1, centerY + down)),
    longitudeAt(centerX + across),
    latitudeAt(Math.max(0, centerY - down)),
  ];
}

/** Whole turns of the world to add to x so that it falls in the view: mostly [0]. */
export function copiesIn(view: View): number[] {
  const half = view.width / 2 / view.scale;
  const copies: number[] = [];
  for (let copy = Math.floor(view.centerX - half); copy <= Math.ceil(view.centerX + half) - 1; copy++)
    copies.push(copy);
  return copies;
}

/** CSS pixels from the left, of a longitude in one of the world's copies. */
export function pixelX(view: View, longitude: number, copy = 0): number {
  return (worldX(longitude) + copy - view.centerX) * view.scale + view.width / 2;
}

/** CSS pixels from the top. */
export function pixelY(view: View, latitude: number): number {
  return (worldY(latitude) - view.centerY) * view.scale + view.height / 2;
}

/** Where a box stands in the picture, in CSS pixels. */
export function frameOfBounds(view: View, [west, south, eastGiven, north]: Bounds): Frame {
  const east = eastGiven < west ? eastGiven + 360 : eastGiven;
  const copy = Math.round(view.centerX - worldX((west + east) / 2));
  return {
    left: pixelX(view, west, copy),
    right: pixelX(view, east, copy),
    top: pixelY(view, north),
    bottom: pixelY(view, south),
  };
}
