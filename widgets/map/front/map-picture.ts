import { element } from "./element.ts";
import type { MapDeck } from "./map-deck.ts";

/**
 * What a map shows now, as PNG, with the names of those it is of.
 * @param around canvases under and over deck.gl's
 * @throws where nothing has been drawn yet
 */
export async function mapPicture(
  deck: MapDeck,
  attribution: string,
  around?: [under: HTMLCanvasElement, over: HTMLCanvasElement],
): Promise<Blob> {
  const { canvas } = deck;
  if (!canvas || !deck.redraw("snapshot")) throw new Error("The map has not been drawn yet.");
  const drawn = joined(around ? [around[0], canvas, around[1]] : [canvas], canvas);
  if (attribution) write(drawn, attribution, canvas.width / (canvas.clientWidth || canvas.width));
  return new Promise((resolve, reject) =>
    drawn.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The map gave no picture."))), "image/png"),
  );
}

/** Gives a picture to the reader as a file named for the map. */
export function download(picture: Blob, title = "map"): void {
  const href = URL.createObjectURL(picture);
  element("a", { href, download: `${title.replace(/[^\p{L}\p{N}]+/gu, "-")}.png` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/** One canvas of what lies over one another. */
function joined(all: HTMLCanvasElement[], { width, height }: HTMLCanvasElement): HTMLCanvasElement {
  const whole = element("canvas", { width, height });
  const context = whole.getContext("2d", { willReadFrequently: true })!;
  for (const each of all) context.drawImage(each, 0, 0, width, height);
  return whole;
}

/** Writes a line into the corner where the map has it. @param ratio pixels of the canvas to a CSS pixel */
function write(canvas: HTMLCanvasElement, text: string, ratio: number): void {
  const context = canvas.getContext("2d")!;
  context.font = `${Math.round(10 * ratio)}px sans-serif`;
  context.textAlign = "right";
  context.textBaseline = "bottom";
  const [right, bottom] = [canvas.width - 6 * ratio, canvas.height - 4 * ratio];
  context.lineWidth = 3 * ratio;
  context.lineJoin = "round";
  context.strokeStyle = "rgb(255 255 255 / 0.8)";
  context.strokeText(text, right, bottom);
  context.fillStyle = "#444";
  context.fillText(text, right, bottom);
}
