import { compactNumber } from "../map/legend.ts";
import { font } from "../picture/canvas.ts";
import type { Context } from "../picture/canvas.ts";
import { cut } from "../table/cell-text.ts";
import type { ChartColours, Frame } from "./draw-chart.ts";
import type { ColourScale } from "./colour-scale.ts";

/** A line of the legend. */
export interface Key {
  label: string;
  colour: string;
  shape: "line" | "dot" | "area";
}

const longestLabel = 24;
const lineHeight = 20;
const barWidth = 14;

/** Pixels that the legend takes beside the plot; 0 where there is none. */
export function keyWidth(context: Context, keys: Key[], scales: ColourScale[] = []): number {
  context.font = font(11);
  const labels = keys.map(({ label }) => context.measureText(cut(label, longestLabel)).width + 24);
  const bars = scales.slice(0, 1).map(({ domain: [from, to] }) => {
    const texts = [from, to].map((value) => compactNumber(value, Math.abs(to - from)));
    return barWidth + 8 + Math.max(...texts.map((text) => context.measureText(text).width));
  });
  const widest = Math.max(0, ...labels, ...bars);
  return widest === 0 ? 0 : widest + 18;
}

/** The legend: a mark and a name for each trace, and a bar for the first colour scale. */
export function drawKeys(
  context: Context,
  keys: Key[],
  { left, top, bottom }: Frame,
  colours: ChartColours,
  scales: ColourScale[] = [],
): void {
  context.textAlign = "left";
  context.textBaseline = "middle";
  const room = Math.max(1, Math.floor((bottom - top) / lineHeight) - (scales.length > 0 ? 9 : 0));
  const shown = keys.length > room ? keys.slice(0, room - 1) : keys;
  shown.forEach(({ label, colour, shape }, i) => {
    const y = top + 8 + i * lineHeight;
    context.fillStyle = colour;
    context.beginPath();
    if (shape === "line") context.roundRect(left, y - 1.25, 16, 2.5, 1);
    else if (shape === "dot") context.arc(left + 8, y, 4, 0, 2 * Math.PI);
    else context.roundRect(left + 2, y - 6, 12, 12, 2.5);
    context.fill();
    context.font = font(11);
    context.fillStyle = colours.ink;
    context.fillText(cut(label, longestLabel), left + 24, y + 0.5);
  });
  const hidden = keys.length - shown.length;
  if (hidden > 0) context.fillText(`and ${hidden} more`, left + 24, top + 8 + shown.length * lineHeight);
  const [scale] = scales;
  if (scale)
    drawBar(context, scale, left, top + (keys.length > 0 ? shown.length * lineHeight + 14 : 2), bottom, colours);
}

function drawBar(
  context: Context,
  scale: ColourScale,
  left: number,
  top: number,
  bottom: number,
  colours: ChartColours,
): void {
  const { title, ramp, domain } = scale;
  context.fillStyle = colours.ink;
  if (title) {
    context.font = font(11, 600);
    context.fillText(cut(title, 16), left, top + 6);
  }
  const start = top + (title ? 20 : 4);
  const height = Math.min(180, bottom - start - 40);
  const gradient = context.createLinearGradient(0, start + height, 0, start);
  for (let stop = 0; stop <= 32; stop++) gradient.addColorStop(stop / 32, ramp(stop / 32));
  context.fillStyle = gradient;
  context.beginPath();
  context.roundRect(left, start, barWidth, height, 2);
  context.fill();
  context.font = font(10.5);
  context.fillStyle = colours.ink;
  const [from, to] = domain;
  for (const share of [0, 0.5, 1]) {
    const text = compactNumber(from + share * (to - from), Math.abs(to - from));
    context.fillText(text, left + barWidth + 8, start + (1 - share) * (height - 8) + 4);
  }
}
