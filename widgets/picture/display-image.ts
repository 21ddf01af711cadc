import type { MimeBundle } from "../mime-bundle.ts";
import { drawableOf } from "../map/draw-image.ts";
import type { Drawable } from "../map/draw-image.ts";
import { rasterToRgba } from "../map/raster.ts";
import type { RasterStyle } from "../map/raster.ts";
import type { Raster } from "../map/raster-value.ts";
import { loadCanvas } from "./canvas.ts";
import type { Canvas, CanvasModule } from "./canvas.ts";
import { encodePicture } from "./encode-picture.ts";
import { figureHtml } from "./figure-html.ts";
import type { ImageType } from "./image-type.ts";

/** Rasters are shown at most this large, and at least that, in CSS pixels of the longer side. */
const largest = 720;
const smallest = 192;
/** A raster's PNG over this is encoded again, coarser. */
const exactBudget = 105_000;

/**
 * Shows an encoded image as it is, under its own mime type. A WebP, which notebooks know no mime type for, goes into
 * HTML and once more as PNG.
 */
export async function displayImage(bytes: Uint8Array, type: ImageType): Promise<MimeBundle> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = `${(buffer.length / 1000).toLocaleString("en-US", { maximumFractionDigits: 1 })} KB`;
  const text = `${type === "image/svg+xml" ? "SVG" : type.slice(6).toUpperCase()} image, ${size}`;
  if (type === "image/svg+xml") return { data: { [type]: buffer.toString("utf8"), "text/plain": text }, metadata: {} };
  const base64 = buffer.toString("base64");
  if (type !== "image/webp") return { data: { [type]: base64, "text/plain": text }, metadata: {} };
  const canvasModule = await loadCanvas();
  const image = await canvasModule.loadImage(buffer);
  const picture = resized(canvasModule, image, image.width, image.height);
  const png = (await picture.encode("png")).toString("base64");
  const html = `<img src="data:image/webp;base64,${base64}" alt="${text}" style="max-width: 100%">`;
  return { data: { "text/html": html, "image/png": png, "text/plain": text }, metadata: {} };
}

/**
 * Shows a raster that has no place on a map as a picture: one pixel for each value where that is neither tiny nor huge.
 * @throws TypeError where the raster's numbers do not fit its size
 */
export async function displayRaster(raster: Raster, style: RasterStyle = {}): Promise<MimeBundle> {
  const canvasModule = await loadCanvas();
  const drawable = drawableOf(canvasModule, rasterToRgba(raster, style));
  const longer = Math.max(raster.width, raster.height);
  const scale = longer > largest ? largest / longer : longer < smallest ? Math.ceil(smallest / longer) : 1;
  const [width, height] = [raster.width, raster.height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const canvas = resized(canvasModule, drawable, width, height);
  const text = `Raster of ${raster.width} × ${raster.height}`;
  const exact = await canvas.encode("png");
  const metadata = { "image/png": { width, height } };
  if (exact.length <= exactBudget) {
    return { data: { "image/png": exact.toString("base64"), "text/plain": text }, metadata };
  }
  const paper = canvasModule.createCanvas(width, height);
  const context = paper.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(canvas, 0, 0);
  const picture = await encodePicture(canvasModule, paper, 1);
  const html = figureHtml(picture, { alt: text, caption: [text] });
  return { data: { "text/html": html, "image/png": picture.small.toString("base64"), "text/plain": text }, metadata };
}

function resized(canvasModule: CanvasModule, image: Drawable, width: number, height: number): Canvas {
  const canvas = canvasModule.createCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = width < image.width;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  return canvas;
}
