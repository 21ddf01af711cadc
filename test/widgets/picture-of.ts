import assert from "node:assert/strict";
import type { MimeBundle } from "../../widgets/mime-bundle.ts";
import { mapMime } from "../../widgets/map/display-map.ts";
import type { MapSpec } from "../../widgets/map/display-map.ts";
import { worldX, worldY } from "../../widgets/map/mercator.ts";
import { loadCanvas } from "../../widgets/picture/canvas.ts";

export type Rgb = [red: number, green: number, blue: number];

export interface SeenPicture {
  /** Pixels of the picture itself, and the CSS pixels it is shown at. */
  width: number;
  height: number;
  cssWidth: number;
  cssHeight: number;
  /** The colour at a place in CSS pixels. */
  at(x: number, y: number): Rgb;
  /** The share of pixels whose colour is within 24 of one. */
  share(colour: Rgb): number;
}

/** The picture that stands in a bundle's HTML, as a browser would see it. */
export async function pictureOf(bundle: MimeBundle): Promise<SeenPicture> {
  const html = String(bundle.data["text/html"]);
  const [, data, cssWidth, cssHeight] =
    /<img src="data:image\/\w+;base64,([^"]+)" width="(\d+)" height="(\d+)"/.exec(html) ?? [];
  assert(data, "the HTML holds an image");
  return decode(Buffer.from(data, "base64"), Number(cssWidth), Number(cssHeight));
}

export async function decode(bytes: Buffer, cssWidth?: number, cssHeight?: number): Promise<SeenPicture> {
  const { createCanvas, loadImage } = await loadCanvas();
  const image = await loadImage(bytes);
  const context = createCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height).data;
  const [across, down] = [cssWidth ?? image.width, cssHeight ?? image.height];
  const colour = (index: number): Rgb => [pixels[4 * index]!, pixels[4 * index + 1]!, pixels[4 * index + 2]!];
  return {
    width: image.width,
    height: image.height,
    cssWidth: across,
    cssHeight: down,
    at(x, y) {
      const column = Math.floor((x / across) * image.width);
      const row = Math.floor((y / down) * image.height);
      return colour(row * image.width + column);
    },
    share(wanted) {
      let count = 0;
      for (let i = 0; i < pixels.length / 4; i++) if (isNear(colour(i), wanted)) count++;
      return count / (pixels.length / 4);
    },
  };
}

export function isNear(a: Rgb, b: Rgb, distance = 24): boolean {
  return a.every((channel, i) => Math.abs(channel - b[i]!) <= distance);
}

export function specOf(bundle: MimeBundle): MapSpec {
  return bundle.data[mapMime] as MapSpec;
}

/** Where a place stands in a map's picture, in CSS pixels, going by the map's own spec. */
export function placeOn(bundle: MimeBundle, longitude: number, latitude: number): [x: number, y: number] {
  const { width, height, view } = specOf(bundle);
  const scale = 256 * 2 ** view.zoom;
  return [
    (worldX(longitude) - worldX(view.longitude)) * scale + width / 2,
    (worldY(latitude) - worldY(view.latitude)) * scale + height / 2,
  ];
}
