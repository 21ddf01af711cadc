import type { Canvas, CanvasModule, Context, Image } from "../picture/canvas.ts";
import type { Bounds } from "./mercator.ts";
import type { RgbaImage } from "./raster.ts";
import { copiesIn, pixelX, pixelY } from "./view.ts";
import type { View } from "./view.ts";

export type Drawable = Canvas | Image;

/** Pixels as something that a canvas draws. */
export function drawableOf(canvas: CanvasModule, { rgba, width, height }: RgbaImage): Canvas {
  const drawable = canvas.createCanvas(width, height);
  const pixels = new canvas.ImageData(rgba, width, height);
  drawable.getContext("2d").putImageData(pixels, 0, 0);
  return drawable;
}

export interface ImagePlace {
  bounds: Bounds;
  /**
   * What the image's rows are evenly spaced in: `mercator` for a map tile, `latitude` for a grid in degrees, which is
   * bent to fit.
   */
  rows: "mercator" | "latitude";
  /** 0 to 1. Default 1. */
  opacity?: number;
}

/** Draws an image into its box; large pixels stay sharp-edged. `ratio`: device pixels in a CSS pixel. */
export function drawImage(context: Context, view: View, image: Drawable, place: ImagePlace, ratio: number): void {
  const [west, south, eastGiven, north] = place.bounds;
  const east = eastGiven < west ? eastGiven + 360 : eastGiven;
  const snap = (pixels: number) => Math.round(pixels * ratio) / ratio;
  context.save();
  context.globalAlpha = place.opacity ?? 1;
  for (const copy of copiesIn(view)) {
    const [left, right] = [snap(pixelX(view, west, copy)), snap(pixelX(view, east, copy))];
    const [top, bottom] = [snap(pixelY(view, north)), snap(pixelY(view, south))];
    if (right <= 0 || left >= view.width || bottom <= 0 || top >= view.height) continue;
    context.imageSmoothingEnabled = (right - left) * ratio < image.width * 1.5;
    context.imageSmoothingQuality = "high";
    const width = Math.max(right - left, 1 / ratio);
    if (place.rows === "mercator" || north - south < 1) {
      context.drawImage(image, left, top, width, Math.max(bottom - top, 1 / ratio));
    } else {
      drawBent(context, view, image, { left, width, top, bottom, south, north }, ratio);
    }
  }
  context.restore();
}

interface Box {
  left: number;
  width: number;
  top: number;
  bottom: number;
  south: number;
  north: number;
}

/** Row by row of the picture, each from the place of its latitude in the image. */
function drawBent(context: Context, view: View, image: Drawable, box: Box, ratio: number): void {
  const step = 1 / ratio;
  const rowAt = (latitude: number) => ((box.north - latitude) / (box.north - box.south)) * image.height;
  const latitudeOf = (y: number) => {
    const world = view.centerY + (y - view.height / 2) / view.scale;
    return (Math.atan(Math.sinh(Math.PI * (1 - 2 * world))) * 180) / Math.PI;
  };
  const end = Math.min(box.bottom, view.height);
  for (let y = Math.max(box.top, 0); y < end; y += step) {
    const [from, to] = [rowAt(latitudeOf(y)), rowAt(latitudeOf(y + step))];
    const source = Math.max(0, Math.min(image.height - 1e-3, from));
    const height = Math.max(1e-3, Math.min(image.height - source, to - from));
    context.drawImage(image, 0, source, image.width, height, box.left, y, box.width, step);
  }
}
