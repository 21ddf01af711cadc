import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export type CanvasModule = typeof import("@napi-rs/canvas");
export type Canvas = import("@napi-rs/canvas").Canvas;
export type Context = import("@napi-rs/canvas").SKRSContext2D;
export type Image = import("@napi-rs/canvas").Image;

/** The family that pictures are lettered in: Inter, brought by npm, since a machine may have no fonts at all. */
const family = "Fused Inter";
const subsets = ["latin", "latin-ext", "greek", "cyrillic"];
const weights = [400, 600];

let loading: Promise<CanvasModule> | undefined;

/** The canvas library with our font registered, loaded at first use. */
export function loadCanvas(): Promise<CanvasModule> {
  return (loading ??= import("@napi-rs/canvas").then((canvas) => {
    const folder = join(dirname(createRequire(import.meta.url).resolve("@fontsource/inter/package.json")), "files");
    for (const subset of subsets) {
      for (const weight of weights) {
        canvas.GlobalFonts.registerFromPath(join(folder, `inter-${subset}-${weight}-normal.woff2`), family);
      }
    }
    return canvas;
  }));
}

/** A CSS font of so many pixels. */
export function font(size: number, weight: 400 | 600 = 400): string {
  return `${weight} ${size}px "${family}", sans-serif`;
}

/** A canvas of `width` × `height` CSS pixels at `ratio` device pixels each, and its context in CSS pixels. */
export function createPicture(
  canvasModule: CanvasModule,
  width: number,
  height: number,
  ratio: number,
): { canvas: Canvas; context: Context } {
  const canvas = canvasModule.createCanvas(Math.round(width * ratio), Math.round(height * ratio));
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return { canvas, context };
}

/** Text with a rim in the background's colour, readable over lines and areas. */
export function haloText(
  context: Context,
  text: string,
  x: number,
  y: number,
  { fill, halo, width = 3 }: { fill: string; halo: string; width?: number },
): void {
  context.lineJoin = "round";
  context.strokeStyle = halo;
  context.lineWidth = width;
  context.strokeText(text, x, y);
  context.fillStyle = fill;
  context.fillText(text, x, y);
}
