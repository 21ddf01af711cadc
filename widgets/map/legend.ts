import { cut } from "../table/cell-text.ts";
import { font } from "../picture/canvas.ts";
import type { Context } from "../picture/canvas.ts";
import type { Placement } from "./placement.ts";
import type { Theme } from "./theme.ts";
import type { Legend } from "./vector-style.ts";
import type { View } from "./view.ts";

const padding = 10;
const margin = 10;
const barWidth = 150;

/** What the colours mean, in cards down the right side. */
export function drawLegends(context: Context, view: View, legends: Legend[], theme: Theme, placement: Placement): void {
  let top = margin;
  for (const legend of legends) {
    const rows = legend.kind === "categories" ? legend.entries.length : 0;
    const width = legend.kind === "ramp" ? barWidth + 2 * padding : categoriesWidth(context, legend);
    const height = legend.kind === "ramp" ? 58 : 30 + 17 * rows;
    if (top + height > view.height * 0.75) return;
    const left = view.width - margin - width;
    drawCard(context, left, top, width, height, theme);
    placement.reserve({ left: left - 4, right: view.width, top: 0, bottom: top + height + 4 });
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    context.fillStyle = theme.ink;
    context.font = font(11, 600);
    context.fillText(cut(legend.title, 24), left + padding, top + 18);
    if (legend.kind === "ramp") drawRamp(context, legend, left + padding, top + 25, theme);
    else drawCategories(context, legend, left + padding, top + 27, theme);
    top += height + 8;
  }
}

/** A sheet for text or an inset to stand on. */
export function drawCard(
  context: Context,
  left: number,
  top: number,
  width: number,
  height: number,
  theme: Theme,
): void {
  context.beginPath();
  context.roundRect(left, top, width, height, 5);
  context.fillStyle = theme.paper;
  context.fill();
  context.strokeStyle = theme.paperEdge;
  context.lineWidth = 1;
  context.stroke();
}

function drawRamp(
  context: Context,
  legend: Extract<Legend, { kind: "ramp" }>,
  left: number,
  top: number,
  theme: Theme,
): void {
  const gradient = context.createLinearGradient(left, 0, left + barWidth, 0);
  for (let stop = 0; stop <= 32; stop++) gradient.addColorStop(stop / 32, legend.ramp(stop / 32));
  context.fillStyle = gradient;
  context.beginPath();
  context.roundRect(left, top, barWidth, 10, 2);
  context.fill();
  context.strokeStyle = theme.paperEdge;
  context.lineWidth = 0.75;
  context.stroke();
  const [from, to] = legend.domain;
  const [low, middle, high] = [from, (from + to) / 2, to].map((value) => compactNumber(value, Math.abs(to - from)));
  context.fillStyle = theme.ink;
  context.font = font(10);
  const y = top + 23;
  context.textAlign = "left";
  context.fillText(`${legend.isCut[0] ? "≤ " : ""}${low}`, left, y);
  context.textAlign = "right";
  context.fillText(`${legend.isCut[1] ? "≥ " : ""}${high}`, left + barWidth, y);
  context.textAlign = "center";
  if (from !== to && `${low}${high}`.length < 14) context.fillText(middle!, left + barWidth / 2, y);
}

function categoriesWidth(context: Context, { title, entries }: Extract<Legend, { kind: "categories" }>): number {
  context.font = font(11, 600);
  const titleWidth = context.measureText(cut(title, 24)).width;
  context.font = font(10.5);
  const widths = entries.map(([label]) => context.measureText(cut(label, 26)).width + 18);
  return Math.max(titleWidth, ...widths) + 2 * padding;
}

function drawCategories(
  context: Context,
  { entries }: Extract<Legend, { kind: "categories" }>,
  left: number,
  top: number,
  theme: Theme,
): void {
  context.font = font(10.5);
  context.textAlign = "left";
  entries.forEach(([label, colour], i) => {
    const y = top + 17 * i;
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left, y, 11, 11, 2.5);
    context.fill();
    context.fillStyle = theme.ink;
    context.fillText(cut(label, 26), left + 18, y + 9.5);
  });
}

/** A number in few letters, with the decimals that a range of that size needs: `1,250`, `0.35`, `2.1M`. */
export function compactNumber(value: number, range: number): string {
  return digits(value, range).replace(/^-/, "\u2212");
}

function digits(value: number, range: number): string {
  const size = Math.max(Math.abs(value), range);
  if (size >= 1e6) return value.toLocaleString("en-US", { notation: "compact", maximumFractionDigits: 2 });
  if (size < 1e-4 && size > 0) return value.toExponential(1);
  const decimals = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(range || size || 1))));
  return value.toLocaleString("en-US", { maximumFractionDigits: Math.min(decimals, size >= 1000 ? 0 : 6) });
}
