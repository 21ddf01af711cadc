import type { CanvasModule, Context } from "../picture/canvas.ts";
import { pixelRatio } from "./pixel-ratio.ts";

/** Small square dots by the hundred thousand, one over the other. */
export interface Dots {
  /**
   * @param x of the middle, CSS pixels of the picture, as y
   * @param colour as CSS has it
   */
  add(x: number, y: number, colour: string): void;
  /** Puts them on the picture. */
  draw(context: Context): void;
}

/**
 * Dots are blended here rather than by the canvas, whose every rectangle costs it ten times as much.
 * @param width of the picture in CSS pixels, as height and radius (half a dot's side)
 * @param opacity of each, 0 to 1
 */
export function openDots(
  { createCanvas }: CanvasModule,
  { width, height, radius, opacity }: { width: number; height: number; radius: number; opacity: number },
): Dots {
  const across = Math.ceil(width * pixelRatio);
  const down = Math.ceil(height * pixelRatio);
  const side = Math.max(1, Math.round(2 * radius * pixelRatio));
  // Colours multiplied by their opacity, as they are blended.
  const blended = new Float32Array(4 * across * down);
  const reader = createCanvas(1, 1).getContext("2d");
  const known = new Map<string, Uint8ClampedArray>();
  const channelsOf = (colour: string): Uint8ClampedArray => {
    reader.clearRect(0, 0, 1, 1);
    reader.fillStyle = colour;
    reader.fillRect(0, 0, 1, 1);
    return reader.getImageData(0, 0, 1, 1).data;
  };
  return {
    add(x, y, colour) {
      let channels = known.get(colour);
      if (!channels) known.set(colour, (channels = channelsOf(colour)));
      const [red, green, blue, alpha] = channels as unknown as [number, number, number, number];
      const share = (opacity * alpha) / 255;
      const rest = 1 - share;
      const left = Math.round((x - radius) * pixelRatio);
      const top = Math.round((y - radius) * pixelRatio);
      for (let row = Math.max(0, top); row < Math.min(down, top + side); row++) {
        for (let column = Math.max(0, left); column < Math.min(across, left + side); column++) {
          const at = 4 * (row * across + column);
          blended[at] = red * share + blended[at]! * rest;
          blended[at + 1] = green * share + blended[at + 1]! * rest;
          blended[at + 2] = blue * share + blended[at + 2]! * rest;
          blended[at + 3] = share + blended[at + 3]! * rest;
        }
      }
    },
    draw(context) {
      const canvas = createCanvas(across, down);
      const own = canvas.getContext("2d");
      const image = own.createImageData(across, down);
      for (let at = 0; at < blended.length; at += 4) {
        const alpha = blended[at + 3]!;
        if (alpha === 0) continue;
        for (let i = 0; i < 3; i++) image.data[at + i] = blended[at + i]! / alpha;
        image.data[at + 3] = 255 * alpha;
      }
      own.putImageData(image, 0, 0);
      context.globalAlpha = 1;
      context.drawImage(canvas, 0, 0, across / pixelRatio, down / pixelRatio);
    },
  };
}
