import { rgbaOf, type Pixels } from "./pixels.ts";

const usualQuality = 85;

/** A picture as JPEG or WebP. JPEG has no transparency: what is transparent is white there. */
export async function encodePhoto(
  pixels: Pixels,
  format: "jpeg" | "webp",
  quality: number = usualQuality,
): Promise<Uint8Array> {
  const { createCanvas, ImageData } = await import("@napi-rs/canvas");
  const { width, height } = pixels;
  const rgba = rgbaOf(pixels);
  if (format === "jpeg") layOnWhite(rgba);
  const canvas = createCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  return format === "jpeg" ? canvas.encode("jpeg", quality) : canvas.encode("webp", quality);
}

function layOnWhite(rgba: Uint8ClampedArray): void {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3]! / 255;
    for (let b = 0; b < 3; b++) rgba[at + b] = rgba[at + b]! * alpha + 255 * (1 - alpha);
    rgba[at + 3] = 255;
  }
}
