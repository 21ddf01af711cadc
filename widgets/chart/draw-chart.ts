import { createPicture, font } from "../picture/canvas.ts";
import type { Canvas, CanvasModule, Context } from "../picture/canvas.ts";
import { cut } from "../table/cell-text.ts";
import { axisValues, scaleAxis, textOf } from "./axis.ts";
import type { Axis, AxisValues } from "./axis.ts";
import { placeBars } from "./bars.ts";
import { drawAxes, titleRoom, widestLabel } from "./draw-axes.ts";
import { cellEdges, drawBars, drawHeatmap, drawScatter, pointsOf } from "./draw-marks.ts";
import { drawPie, slicesOf } from "./draw-pie.ts";
import { drawKeys, keyWidth } from "./draw-keys.ts";
import type { Key } from "./draw-keys.ts";
import type { PlotlyFigure } from "./plotly-figure.ts";
import { attributesOf } from "./attributes.ts";
import { colorwayOf, seriesOf } from "./series.ts";
import type { BarSeries, Series } from "./series.ts";

export interface Frame {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface ChartColours {
  paper: string;
  plot: string;
  ink: string;
  faint: string;
  grid: string;
}

/** Device pixels in a CSS pixel. */
export const chartRatio = 2;
const defaultSize = { width: 720, height: 400 };
const edge = 16;

/** Draws a figure whose traces are all of a kind that can be drawn (see display-chart.ts). */
export function drawChart(canvasModule: CanvasModule, figure: PlotlyFigure): Canvas {
  const { layout = {} } = figure;
  const width = side(layout.width, defaultSize.width);
  const height = side(layout.height, defaultSize.height);
  const { canvas, context } = createPicture(canvasModule, width, height, chartRatio);
  const colours = coloursOf(layout);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, width, height);
  const title = textOf(layout.title);
  if (title) {
    context.font = font(15, 600);
    context.fillStyle = colours.ink;
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillText(cut(title, Math.floor(width / 8)), edge, 28);
  }
  const frame: Frame = { left: edge, top: title ? 46 : 20, right: width - edge, bottom: height - edge };
  if (figure.data.every(({ type }) => type === "pie")) drawPies(context, figure, frame, colours);
  else drawCartesian(canvasModule, context, figure, frame, colours);
  return canvas;
}

function side(wanted: unknown, usual: number): number {
  return typeof wanted === "number" && wanted >= 100 ? Math.min(wanted, 1600) : usual;
}

function coloursOf(layout: Record<string, unknown>): ChartColours {
  const opaque = (value: unknown, usual: string) =>
    typeof value === "string" && !/^(transparent|rgba\(.*,\s*0?\.?0*\))$/.test(value) ? value : usual;
  const paper = opaque(layout.paper_bgcolor, "#ffffff");
  const ink = opaque(attributesOf(layout.font).color, "#24303a");
  return { paper, plot: opaque(layout.plot_bgcolor, paper), ink, faint: "#7b858e", grid: "rgba(120, 134, 146, 0.24)" };
}

function drawPies(context: Context, { data, layout = {} }: PlotlyFigure, frame: Frame, colours: ChartColours): void {
  const all = data.map((trace) => slicesOf(trace, colorwayOf(layout)));
  const keys = [
    ...new Map(
      all.flat().map(({ label, colour }): [string, Key] => [label, { label, colour, shape: "area" }]),
    ).values(),
  ];
  const room = layout.showlegend === false ? 0 : keyWidth(context, keys);
  if (room > 0) drawKeys(context, keys, { ...frame, left: frame.right - room }, colours);
  const across = (frame.right - room - frame.left) / data.length;
  data.forEach((trace, i) => {
    const [left, right] = [frame.left + i * across, frame.left + (i + 1) * across];
    drawPie(context, trace, all[i]!, { ...frame, left, right }, colours);
  });
}

function drawCartesian(
  canvasModule: CanvasModule,
  context: Context,
  figure: PlotlyFigure,
  frame: Frame,
  colours: ChartColours,
): void {
  const { layout = {} } = figure;
  const series = seriesOf(figure);
  const [layoutX, layoutY] = [attributesOf(layout.xaxis), attributesOf(layout.yaxis)];
  const [xValues, yValues] = [axisValues(placesOn("x", series), layoutX), axisValues(placesOn("y", series), layoutY)];
  const bars = series.filter((each): each is BarSeries => each.kind === "bar");
  const isHorizontal = bars[0]?.isHorizontal ?? false;
  const placed = placeBars(bars, isHorizontal ? yValues : xValues, layout);
  const reach = (axis: "x" | "y", values: AxisValues) => {
    const isAlong = (axis === "y") === isHorizontal;
    const fromBars = placed.flatMap(({ from, to, foot, head }) => (isAlong ? [from, to] : [foot, head]));
    return extentOf(axis, series, values, fromBars);
  };
  const [xExtent, yExtent] = [reach("x", xValues), reach("y", yValues)];

  const keys = layout.showlegend === false ? [] : keysOf(series);
  const scales = series.flatMap((each) => ("scale" in each && each.scale ? [each.scale] : []));
  const right = frame.right - keyWidth(context, keys, scales);
  const draft = scaleAxis(yValues, layoutY, yExtent, [frame.bottom - 40, frame.top], 46);
  const left = frame.left + widestLabel(context, draft) + titleRoom(draft) + 8;
  const draftX = scaleAxis(xValues, layoutX, xExtent, [left, right], 78);
  const isTilted = widestLabel(context, draftX) + 10 > (right - left) / Math.max(1, draftX.ticks.length);
  const below = (isTilted ? Math.min(90, widestLabel(context, draftX) * 0.72 + 14) : 22) + titleRoom(draftX);
  const plot: Frame = { left, top: frame.top, right, bottom: frame.bottom - below };
  const x = scaleAxis(xValues, layoutX, xExtent, [plot.left, plot.right], 78);
  const y = scaleAxis(yValues, layoutY, yExtent, [plot.bottom, plot.top], 46);

  context.fillStyle = colours.plot;
  context.fillRect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
  drawAxes(context, plot, x, y, colours, isTilted);
  context.save();
  context.beginPath();
  context.rect(plot.left - 1, plot.top - 1, plot.right - plot.left + 2, plot.bottom - plot.top + 2);
  context.clip();
  drawSeries(canvasModule, context, series, x, y);
  drawBars(context, placed, isHorizontal ? y : x, isHorizontal ? x : y, isHorizontal);
  drawScatters(context, series, x, y);
  context.restore();
  drawKeys(context, keys, { ...frame, left: right + 18 }, colours, scales);
}

function drawSeries(canvasModule: CanvasModule, context: Context, series: Series[], x: Axis, y: Axis): void {
  for (const each of series) if (each.kind === "heatmap") drawHeatmap(canvasModule, context, each, x, y);
}

function drawScatters(context: Context, series: Series[], x: Axis, y: Axis): void {
  let lower: ReturnType<typeof pointsOf> | undefined;
  for (const each of series) {
    if (each.kind !== "scatter") continue;
    const points = pointsOf(each, x, y);
    drawScatter(context, each, points, y, lower);
    lower = points;
  }
}

function placesOn(axis: "x" | "y", series: Series[]): unknown[] {
  return series.flatMap((each) => {
    if (each.kind !== "bar") return axis === "x" ? each.xs : each.ys;
    if ((axis === "y") !== each.isHorizontal) return each.lengths;
    return each.hasEdges ? (each.places as [number, number][]).flat() : each.places;
  });
}

/** How far an axis reaches: as far as what is on it, with some air around points and above bars. */
function extentOf(axis: "x" | "y", series: Series[], values: AxisValues, fromBars: number[]): [number, number] {
  const { kind, categories, coordinate } = values;
  if (kind === "category") return [-0.5, Math.max(0, categories.length - 1) + 0.5];
  let [least, greatest] = [Infinity, -Infinity];
  let air = 0;
  const take = (at: number | undefined) => {
    if (at === undefined || !Number.isFinite(at) || (kind === "log" && at <= 0)) return;
    if (at < least) least = at;
    if (at > greatest) greatest = at;
  };
  for (const each of series) {
    if (each.kind === "bar") continue;
    const coordinates = (axis === "x" ? each.xs : each.ys).map(coordinate);
    if (each.kind === "heatmap") for (const at of cellEdges(coordinates.map((at) => at ?? NaN))) take(at);
    else for (const at of coordinates) take(at);
    if (each.kind === "scatter" && each.fill === "zero" && axis === "y") take(0);
    if (each.kind === "scatter" && (axis === "y" || each.hasMarkers)) air = 0.05;
  }
  for (const at of fromBars) take(at);
  const isFilled = axis === "y" && series.some((each) => each.kind === "scatter" && each.fill === "zero");
  const hasZero = (fromBars.includes(0) || isFilled) && kind === "linear";
  if (least > greatest) return kind === "log" ? [1, 10] : [0, 1];
  if (kind === "log") return [least / 10 ** (0.04 * Math.log10(greatest / least || 10)), greatest * 1.2];
  const margin = (hasZero ? 0.06 : air) * (greatest - least);
  return [hasZero && least === 0 ? 0 : least - margin, hasZero && greatest === 0 ? 0 : greatest + margin];
}

function keysOf(series: Series[]): Key[] {
  return series
    .filter(({ inLegend }) => inLegend)
    .map((each) => ({
      label: each.name,
      colour: each.colour,
      shape: each.kind === "scatter" ? (each.hasLines ? "line" : "dot") : "area",
    }));
}
