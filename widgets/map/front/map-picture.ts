import { element } from "./element.ts";
import type { MapDeck } from "./map-deck.ts";

/**
 * What a map shows now, as PNG.
 * @param around canvases under and over deck.gl's
 * @throws where nothing has been drawn yet
 */
export async function mapPicture(
  deck: MapDeck,
  around?: [under: HTMLCanvasElement, over: HTMLCanvasElement],
): Promise<Blob> {
  const { canvas } = deck;
  if (!canvas || !deck.redraw("snapshot")) throw new Error("The map has not been drawn yet.");
  const drawn = around ? joined(around[0], canvas, around[1]) : canvas;
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
function joined(under: HTMLCanvasElement, drawn: HTMLCanvasElement, over: HTMLCanvasElement): HTMLCanvasElement {
  const { width, height } = drawn;
  const whole = element("canvas", { width, height });
  const context = whole.getContext("2d", { willReadFrequently: true })!;
  for (const each of [under, drawn, over]) context.drawImage(each, 0, 0, width, height);
  return whole;
}
