import type { Canvas, CanvasModule } from "./canvas.ts";
import { encodePng } from "./png.ts";
import { quantize } from "./quantize.ts";

/** A picture ready to go into an output, twice: sharp for the HTML, small for front ends that show no HTML. */
export interface Picture {
  /** CSS pixels. */
  width: number;
  height: number;
  sharp: { mime: "image/png" | "image/webp"; bytes: Buffer };
  /** A PNG of at most one device pixel in a CSS pixel. */
  small: Buffer;
}

/**
 * Bytes. In base64 both take four thirds of that, which leaves some 25 KB of an output's 150 for what stands beside.
 */
const sharpBudget = 60_000;
const smallBudget = 33_000;

interface Attempt {
  /** Of the canvas' own pixels, across and down. */
  share: number;
  /** Colours of a PNG, quality (0 to 100) of a WebP. */
  grade: number;
}

/** An attempt is not worth its time where the PNG is more than so many times over the budget. */
const webpAttempts: (Attempt & { pngUpTo: number })[] = [
  { share: 1, grade: 88, pngUpTo: 1.4 },
  { share: 1, grade: 78, pngUpTo: 1.9 },
  { share: 1, grade: 65, pngUpTo: 5 },
  { share: 1, grade: 45, pngUpTo: 10 },
  { share: 0.75, grade: 60, pngUpTo: 20 },
  { share: 0.5, grade: 60, pngUpTo: Infinity },
  { share: 0.5, grade: 30, pngUpTo: Infinity },
  { share: 0.35, grade: 20, pngUpTo: Infinity },
];
const smallAttempts: Attempt[] = [
  { share: 0.5, grade: 192 },
  { share: 0.5, grade: 80 },
  { share: 0.5, grade: 48 },
  { share: 0.35, grade: 128 },
  { share: 0.25, grade: 64 },
  { share: 0.15, grade: 32 },
];

/**
 * Encodes a drawn canvas within the budgets. The sharp one is a PNG where that fits, as it does for flat colours,
 * else a WebP; what still does not fit is made coarser.
 * @param ratio device pixels in a CSS pixel of the canvas
 */
export async function encodePicture(canvasModule: CanvasModule, canvas: Canvas, ratio: number): Promise<Picture> {
  const [sharp, small] = await Promise.all([
    encodeSharp(canvasModule, canvas, ratio),
    encodeWithin(smallBudget, smallAttempts, canvasModule, canvas, (picture, colours) => asPng(picture, colours, 1)),
  ]);
  return { width: canvas.width / ratio, height: canvas.height / ratio, sharp, small };
}

async function encodeSharp(canvasModule: CanvasModule, canvas: Canvas, ratio: number): Promise<Picture["sharp"]> {
  const png = await asPng(canvas, 256, ratio);
  if (png.length <= sharpBudget) return { mime: "image/png", bytes: png };
  const webp = (picture: Canvas, quality: number) => picture.encode("webp", quality);
  const attempts = webpAttempts.filter(({ pngUpTo }) => png.length <= pngUpTo * sharpBudget);
  return { mime: "image/webp", bytes: await encodeWithin(sharpBudget, attempts, canvasModule, canvas, webp) };
}

/**
 * The first attempt that fits the budget, or the last. Attempts that cannot fit, going by the one before, are
 * skipped.
 */
async function encodeWithin(
  budget: number,
  attempts: Attempt[],
  canvasModule: CanvasModule,
  canvas: Canvas,
  encode: (canvas: Canvas, grade: number) => Promise<Buffer>,
): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  let bytesPerPixel = 0;
  for (const { share, grade } of attempts) {
    const expected = bytesPerPixel * canvas.width * canvas.height * share * share;
    if (expected > 2.5 * budget) continue;
    const scaled = share === 1 ? canvas : shrink(canvasModule, canvas, share);
    bytes = await encode(scaled, grade);
    if (bytes.length <= budget) break;
    bytesPerPixel = bytes.length / (scaled.width * scaled.height);
  }
  return bytes;
}

function asPng(canvas: Canvas, colours: number, ratio: number): Promise<Buffer> {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return encodePng(quantize(data, width, height, colours), ratio);
}

function shrink(canvasModule: CanvasModule, canvas: Canvas, share: number): Canvas {
  const small = canvasModule.createCanvas(Math.round(canvas.width * share), Math.round(canvas.height * share));
  const context = small.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, 0, 0, small.width, small.height);
  return small;
}
