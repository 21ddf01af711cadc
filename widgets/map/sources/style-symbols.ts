import { font } from "../../picture/canvas.ts";
import type { Context } from "../../picture/canvas.ts";
import type { Frame } from "../clip.ts";
import { styledSize } from "./draw-style-tile.ts";
import type { Shape } from "./draw-style-tile.ts";
import type { ReadyStyleLayer } from "./style-layers.ts";

interface Label {
  lines: string[];
  x: number;
  y: number;
  /** Radians. */
  turn: number;
  size: number;
  width: number;
  weight: 400 | 600;
  colour: string;
  halo: string;
  haloWidth: number;
  opacity: number;
}

const lineHeight = 1.2;

/**
 * Writes the texts of symbols. The style's last layers choose their places first, no text lies over another, and none
 * over the tile's edge, where its other half would be missing.
 */
export function drawSymbols(
  context: Context,
  layers: { layer: ReadyStyleLayer; shapes: Shape[] }[],
  zoom: number,
): void {
  const taken: Frame[] = [];
  const placed: Label[] = [];
  for (const { layer, shapes } of layers.toReversed()) {
    const order = (shape: Shape) => Number(layer.value("symbol-sort-key", zoom, shape.feature) ?? 0);
    for (const shape of shapes.toSorted((a, b) => order(a) - order(b))) {
      const label = labelOf(context, layer, zoom, shape);
      const frame = label && frameOf(label, Number(layer.value("text-padding", zoom, shape.feature) ?? 2));
      if (!label || !frame || !isInside(frame) || taken.some((other) => meet(frame, other))) continue;
      taken.push(frame);
      placed.push(label);
    }
  }
  for (const label of placed.toReversed()) write(context, label);
}

function labelOf(context: Context, layer: ReadyStyleLayer, zoom: number, { feature, lines }: Shape): Label | undefined {
  const value = (name: string) => layer.value(name, zoom, feature);
  const size = Number(value("text-size") ?? 16);
  const field = withTokens(String(value("text-field") ?? ""), feature.properties);
  const text = cased(field.trim(), String(value("text-transform")));
  if (text === "" || size < 4) return undefined;
  const fonts = String(value("text-font") ?? "");
  const weight = /bold|medium|semi/i.test(fonts) ? 600 : 400;
  context.font = font(size, weight);
  const isAlong = String(value("symbol-placement")) !== "point" && feature.type !== 1;
  const longest = isAlong ? Infinity : Number(value("text-max-width") ?? 10) * size;
  const rows = wrapped(context, text, longest);
  const width = Math.max(...rows.map((row) => context.measureText(row).width));
  const place = isAlong
    ? alongLine(lines, width)
    : feature.type === 1
      ? lines[0]?.[0] && [...lines[0][0], 0]
      : middleOf(lines);
  if (!place) return undefined;
  const [dx, dy] = offsetOf(
    String(value("text-anchor") ?? "center"),
    value("text-offset"),
    width,
    rows.length * size * lineHeight,
    size,
  );
  return {
    lines: rows,
    x: place[0]! + (isAlong ? 0 : dx),
    y: place[1]! + (isAlong ? 0 : dy),
    turn: place[2]!,
    size,
    width,
    weight,
    colour: String(value("text-color") ?? "#000"),
    halo: String(value("text-halo-color") ?? "transparent"),
    haloWidth: Number(value("text-halo-width") ?? 0),
    opacity: Number(value("text-opacity") ?? 1),
  };
}

/** Older styles name properties in braces. */
function withTokens(text: string, properties: Record<string, unknown>): string {
  return text.replace(/\{([^{}]+)\}/g, (_, name: string) => String(properties[name] ?? ""));
}

function cased(text: string, transform: string): string {
  return transform === "uppercase" ? text.toUpperCase() : transform === "lowercase" ? text.toLowerCase() : text;
}

function offsetOf(anchor: string, offset: unknown, width: number, height: number, size: number): [number, number] {
  const [ex, ey] = Array.isArray(offset) ? (offset as number[]) : [0, 0];
  const aside = anchor.includes("left") ? width / 2 : anchor.includes("right") ? -width / 2 : 0;
  const down = anchor.includes("top") ? height / 2 : anchor.includes("bottom") ? -height / 2 : 0;
  return [aside + ex! * size, down + ey! * size];
}

function wrapped(context: Context, text: string, longest: number): string[] {
  return text.split("\n").flatMap((line) => {
    const rows: string[] = [];
    let row = "";
    for (const word of line.split(/\s+/)) {
      const next = row === "" ? word : `${row} ${word}`;
      if (row !== "" && context.measureText(next).width > longest) {
        rows.push(row);
        row = word;
      } else row = next;
    }
    return row === "" ? rows : [...rows, row];
  });
}

/** The middle of the straightest stretch that is long enough for a text, and its slope, never upside down. */
function alongLine(lines: Shape["lines"], width: number): [number, number, number] | undefined {
  let best: [number, number, number] | undefined;
  let longest = width;
  for (const line of lines) {
    for (let i = 1; i < line.length; i++) {
      const [[x1, y1], [x2, y2]] = [line[i - 1]!, line[i]!];
      const length = Math.hypot(x2 - x1, y2 - y1);
      if (length < longest) continue;
      longest = length;
      const turn = Math.atan2(y2 - y1, x2 - x1);
      best = [(x1 + x2) / 2, (y1 + y2) / 2, Math.abs(turn) > Math.PI / 2 ? turn + Math.PI : turn];
    }
  }
  return best;
}

function middleOf(lines: Shape["lines"]): [number, number, number] | undefined {
  const points = lines[0];
  if (!points || points.length === 0) return undefined;
  const sum = points.reduce(([x, y], at) => [x + at[0], y + at[1]], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length, 0];
}

/** The box around a label, turned or not. */
function frameOf({ x, y, turn, width, size, lines }: Label, padding: number): Frame {
  const height = lines.length * size * lineHeight;
  const [cos, sin] = [Math.abs(Math.cos(turn)), Math.abs(Math.sin(turn))];
  const [across, down] = [(width * cos + height * sin) / 2 + padding, (width * sin + height * cos) / 2 + padding];
  return { left: x - across, right: x + across, top: y - down, bottom: y + down };
}

function isInside({ left, right, top, bottom }: Frame): boolean {
  return left >= 0 && top >= 0 && right <= styledSize && bottom <= styledSize;
}

function meet(a: Frame, b: Frame): boolean {
  return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
}

function write(context: Context, { lines, x, y, turn, size, weight, colour, halo, haloWidth, opacity }: Label): void {
  context.save();
  context.translate(x, y);
  context.rotate(turn);
  context.globalAlpha = opacity;
  context.font = font(size, weight);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  lines.forEach((line, i) => {
    const down = (i - (lines.length - 1) / 2) * size * lineHeight;
    if (haloWidth > 0) {
      context.strokeStyle = halo;
      context.lineWidth = 2 * haloWidth;
      context.strokeText(line, 0, down);
    }
    context.fillStyle = colour;
    context.fillText(line, 0, down);
  });
  context.restore();
}
