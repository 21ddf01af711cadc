import { font } from "../picture/canvas.ts";
import type { Context } from "../picture/canvas.ts";
import { cut } from "../table/cell-text.ts";
import type { Axis } from "./axis.ts";
import type { ChartColours, Frame } from "./draw-chart.ts";

const longestLabel = 22;

/** Pixels that the longest label of an axis takes. */
export function widestLabel(context: Context, { ticks }: Axis): number {
  context.font = font(11);
  return Math.max(0, ...ticks.map(({ label }) => context.measureText(cut(label, longestLabel)).width));
}

/** Pixels that an axis' title takes across. */
export function titleRoom({ title }: Axis): number {
  return title ? 22 : 0;
}

/** Grid lines, labels, the line of zero, and titles. */
export function drawAxes(
  context: Context,
  plot: Frame,
  x: Axis,
  y: Axis,
  colours: ChartColours,
  isTilted: boolean,
): void {
  context.lineWidth = 1;
  context.font = font(11);
  const inside = (pixel: number, from: number, to: number) => pixel >= from - 0.5 && pixel <= to + 0.5;
  for (const { at, label } of x.ticks) {
    const pixel = x.pixel(at);
    if (!inside(pixel, plot.left, plot.right)) continue;
    if (x.grid)
      line(context, crisp(pixel), plot.top, crisp(pixel), plot.bottom, at === 0 ? colours.faint : colours.grid);
    context.save();
    context.fillStyle = colours.ink;
    context.translate(pixel, plot.bottom + (isTilted ? 8 : 6));
    context.textBaseline = isTilted ? "middle" : "top";
    context.textAlign = isTilted ? "right" : "center";
    if (isTilted) context.rotate(-Math.PI / 4.5);
    context.fillText(cut(label, longestLabel), 0, isTilted ? 2 : 0);
    context.restore();
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { at, label } of y.ticks) {
    const pixel = y.pixel(at);
    if (!inside(pixel, plot.top, plot.bottom)) continue;
    if (y.grid)
      line(context, plot.left, crisp(pixel), plot.right, crisp(pixel), at === 0 ? colours.faint : colours.grid);
    context.fillStyle = colours.ink;
    context.fillText(cut(label, longestLabel), plot.left - 8, pixel);
  }
  line(context, plot.left, crisp(plot.bottom), plot.right, crisp(plot.bottom), colours.faint);
  drawTitles(context, plot, x, y, colours);
}

function drawTitles(context: Context, plot: Frame, x: Axis, y: Axis, colours: ChartColours): void {
  context.font = font(11.5, 600);
  context.fillStyle = colours.faint;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  const bottom = context.canvas.height / context.getTransform().d;
  if (x.title) context.fillText(cut(x.title, 80), (plot.left + plot.right) / 2, bottom - 12);
  if (!y.title) return;
  context.save();
  context.translate(24, (plot.top + plot.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(cut(y.title, 50), 0, 0);
  context.restore();
}

function line(context: Context, x1: number, y1: number, x2: number, y2: number, colour: string): void {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** The middle of a device pixel at two a CSS pixel, so that hairlines are sharp. */
function crisp(pixel: number): number {
  return Math.round(pixel * 2) / 2;
}
