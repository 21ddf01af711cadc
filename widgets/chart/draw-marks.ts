import type { Canvas, CanvasModule, Context } from "../picture/canvas.ts";
import { channels } from "../map/css-colour.ts";
import type { Axis } from "./axis.ts";
import type { Bar } from "./bars.ts";
import { colourAt } from "./colour-scale.ts";
import type { HeatmapSeries, ScatterSeries } from "./series.ts";

/** Where a heatmap's cells end, as places in the list between which they stand. */
interface Edges {
  pixels: number[];
}

export function drawBars(context: Context, bars: Bar[], along: Axis, across: Axis, isHorizontal: boolean): void {
  for (const { from, to, foot, head, colour, opacity } of bars) {
    const [a, b] = [along.pixel(from), along.pixel(to)];
    const low = Math.min(...across.domain);
    const [c, d] = [across.pixel(across.kind === "log" ? Math.max(foot, low) : foot), across.pixel(head)];
    context.globalAlpha = opacity;
    context.fillStyle = colour;
    const [left, top] = isHorizontal ? [Math.min(c, d), Math.min(a, b)] : [Math.min(a, b), Math.min(c, d)];
    const [width, height] = isHorizontal ? [Math.abs(d - c), Math.abs(b - a)] : [Math.abs(b - a), Math.abs(d - c)];
    context.fillRect(left, top, Math.max(width, 0.5), Math.max(height, 0.5));
  }
  context.globalAlpha = 1;
}

/** Lines, areas under them, and markers. `lower` are the points of the trace before, for `tonexty`. */
export function drawScatter(
  context: Context,
  series: ScatterSeries,
  points: (Point | undefined)[],
  y: Axis,
  lower: (Point | undefined)[] | undefined,
): void {
  context.globalAlpha = series.opacity;
  if (series.fill !== "none") fillUnder(context, series, points, y, lower);
  if (series.hasLines) strokeLine(context, series, points);
  if (series.hasMarkers) drawMarkers(context, series, points);
  context.globalAlpha = 1;
}

export interface Point {
  x: number;
  y: number;
}

/** The pixels of a trace's points; undefined where a value is missing, which breaks the line. */
export function pointsOf(series: ScatterSeries, x: Axis, y: Axis): (Point | undefined)[] {
  const points: (Point | undefined)[] = [];
  for (let i = 0; i < Math.min(series.xs.length, series.ys.length); i++) {
    const [across, up] = [x.coordinate(series.xs[i]), y.coordinate(series.ys[i])];
    points.push(across === undefined || up === undefined ? undefined : { x: x.pixel(across), y: y.pixel(up) });
  }
  return points;
}

function strokeLine(context: Context, series: ScatterSeries, points: (Point | undefined)[]): void {
  context.strokeStyle = series.colour;
  context.lineWidth = series.lineWidth;
  context.lineJoin = "round";
  context.setLineDash(series.dash);
  context.beginPath();
  let last: Point | undefined;
  for (const point of points) {
    if (point && last) {
      if (series.isStepped) context.lineTo(point.x, last.y);
      context.lineTo(point.x, point.y);
    } else if (point) {
      context.moveTo(point.x, point.y);
    }
    last = point;
  }
  context.stroke();
  context.setLineDash([]);
}

function fillUnder(
  context: Context,
  { fill, colour, opacity }: ScatterSeries,
  points: (Point | undefined)[],
  y: Axis,
  lower: (Point | undefined)[] | undefined,
): void {
  const present = points.filter((point) => point !== undefined);
  if (present.length < 2) return;
  const [low, high] = [Math.min(...y.domain), Math.max(...y.domain)];
  const ground = y.pixel(Math.max(low, Math.min(high, y.kind === "log" ? low : 0)));
  const back = fill === "next" && lower ? lower.filter((point) => point !== undefined).reverse() : undefined;
  context.globalAlpha = opacity * 0.28;
  context.fillStyle = colour;
  context.beginPath();
  for (const point of present) context.lineTo(point.x, point.y);
  if (back) for (const point of back) context.lineTo(point.x, point.y);
  else {
    context.lineTo(present.at(-1)!.x, ground);
    context.lineTo(present[0]!.x, ground);
  }
  context.fill();
  context.globalAlpha = opacity;
}

function drawMarkers(context: Context, series: ScatterSeries, points: (Point | undefined)[]): void {
  const isCrowded = points.length > 2_000;
  points.forEach((point, i) => {
    if (!point) return;
    const size = series.size(i);
    if (!(size > 0)) return;
    context.fillStyle = series.colourOf(i);
    context.beginPath();
    context.arc(point.x, point.y, size / 2, 0, 2 * Math.PI);
    context.fill();
    if (isCrowded || size < 7) return;
    context.strokeStyle = "rgba(255, 255, 255, 0.8)";
    context.lineWidth = 0.75;
    context.stroke();
  });
}

/** Cells of equal kind as one small image, stretched; unequal ones each for itself. */
export function drawHeatmap(
  canvasModule: CanvasModule,
  context: Context,
  series: HeatmapSeries,
  x: Axis,
  y: Axis,
): void {
  const [across, down] = [edgesOf(series.xs, x), edgesOf(series.ys, y)];
  if (isEven(across) && isEven(down) && series.rows.length > 0) {
    const image = heatmapImage(canvasModule, series);
    context.save();
    context.imageSmoothingEnabled = false;
    context.translate(across.pixels[0]!, down.pixels[0]!);
    context.scale(
      (across.pixels.at(-1)! - across.pixels[0]!) / image.width,
      (down.pixels.at(-1)! - down.pixels[0]!) / image.height,
    );
    context.drawImage(image, 0, 0);
    context.restore();
    return;
  }
  series.rows.forEach((row, j) => {
    row.forEach((value, i) => {
      const colour = colourAt(series.scale, value);
      const [x0, x1, y0, y1] = [across.pixels[i], across.pixels[i + 1], down.pixels[j], down.pixels[j + 1]];
      if (colour === undefined || x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) return;
      context.fillStyle = colour;
      context.fillRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0) + 0.3, Math.abs(y1 - y0) + 0.3);
    });
  });
}

function heatmapImage(canvasModule: CanvasModule, { rows, scale }: HeatmapSeries): Canvas {
  const width = Math.max(1, ...rows.map(({ length }) => length));
  const image = canvasModule.createCanvas(width, rows.length);
  const pixels = new canvasModule.ImageData(new Uint8ClampedArray(4 * width * rows.length), width, rows.length);
  const table = Array.from({ length: 256 }, (_, i) => channels(scale.ramp(i / 255)));
  const [from, to] = scale.domain;
  rows.forEach((row, j) => {
    row.forEach((value, i) => {
      if (value === null || !Number.isFinite(value)) return;
      const share = to === from ? 0.5 : Math.max(0, Math.min(1, (value - from) / (to - from)));
      pixels.data.set([...table[Math.round(255 * share)]!, 255], 4 * (j * width + i));
    });
  });
  image.getContext("2d").putImageData(pixels, 0, 0);
  return image;
}

function edgesOf(values: unknown[], axis: Axis): Edges {
  return { pixels: cellEdges(values.map((value) => axis.coordinate(value) ?? NaN)).map((each) => axis.pixel(each)) };
}

/** Edges halfway between the places; the outermost as far out as the next one is in. */
export function cellEdges(places: number[]): number[] {
  if (places.length === 0) return [];
  const half = places.length > 1 ? (places[1]! - places[0]!) / 2 : 0.5;
  const lastHalf = places.length > 1 ? (places.at(-1)! - places.at(-2)!) / 2 : 0.5;
  const between = places.slice(1).map((place, i) => (place + places[i]!) / 2);
  return [places[0]! - half, ...between, places.at(-1)! + lastHalf];
}

function isEven({ pixels }: Edges): boolean {
  const step = pixels[1]! - pixels[0]!;
  return pixels.every((each, i) => i === 0 || Math.abs(each - pixels[i - 1]! - step) < 0.02 * Math.abs(step));
}
