import type { MimeBundle } from "../mime-bundle.ts";
import { loadCanvas } from "../picture/canvas.ts";
import { encodePicture, type Picture } from "../picture/encode-picture.ts";

/** Device pixels of a CSS pixel. */
const ratio = 2;
/** CSS pixels of a picture's side, at most. */
const largest = 4_000;
/** The background of a still picture: charts are made for paper. */
const paper = "#ffffff";
const ink = "#24303a";

/** An SVG document, and the PNG of it for front ends and pages that take no SVG. */
export async function svgBundle(svg: string, text: string): Promise<MimeBundle> {
  const { small, width, height } = await svgPicture(svg);
  return {
    data: { "image/svg+xml": svg, "image/png": small.toString("base64"), "text/plain": text },
    metadata: { "image/png": { width, height } },
  };
}

/** Draws an SVG document whose root has a width and a height, in CSS pixels. */
export async function svgPicture(svg: string): Promise<Picture> {
  const canvasModule = await loadCanvas();
  const { text, width, height } = forSkia(svg);
  const image = await canvasModule.loadImage(Buffer.from(text));
  const canvas = canvasModule.createCanvas(width * ratio, height * ratio);
  const context = canvas.getContext("2d");
  context.fillStyle = paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return encodePicture(canvasModule, canvas, ratio);
}

/** What the library that draws does not know of SVG: fonts by their generic names, lengths in em, the text's colour. */
function forSkia(svg: string): { text: string; width: number; height: number } {
  const root = /<svg\b[^>]*>/.exec(svg)?.[0] ?? "<svg>";
  const attribute = (name: string): string | undefined => new RegExp(`\\s${name}="([^"]*)"`).exec(root)?.[1];
  const [, , boxWidth = "640", boxHeight = "400"] = (attribute("viewBox") ?? "").split(/[\s,]+/);
  const size = (name: string, other: string): number =>
    Math.round(Math.min(largest, Math.max(1, Number.parseFloat(attribute(name) ?? other) || Number(other))));
  const [width, height] = [size("width", boxWidth), size("height", boxHeight)];
  const viewBox = attribute("viewBox") ?? `0 0 ${width} ${height}`;
  const kept = root.replace(/\s(?:width|height|viewBox|xmlns|color)="[^"]*"/g, "").replace(/^<svg/, "");
  const made = `<svg xmlns="http://www.w3.org/2000/svg" width="${width * ratio}" height="${height * ratio}" viewBox="${viewBox}" color="${ink}"`;
  const body = svg
    .replace(root, made + kept)
    .replace(/font-family="[^"]*"/g, 'font-family="Fused Inter, DejaVu Sans, sans-serif"')
    // The letters that we bring have no arrows.
    .replace(/ ?[→←↑↓] ?/g, "")
    .replace(/currentColor/gi, ink)
    .replace(/\bvar\(--plot-background\)/g, paper)
    .replace(/\b(d?[xy])="(-?[\d.]+)em"/g, (_all, name: string, em: string) => `${name}="${Number(em) * 10}"`);
  return { text: body, width, height };
}
