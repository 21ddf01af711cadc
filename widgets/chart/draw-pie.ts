import { font } from "../picture/canvas.ts";
import type { Context } from "../picture/canvas.ts";
import type { ChartColours, Frame } from "./draw-chart.ts";
import { listOf } from "./plotly-figure.ts";
import type { PlotlyTrace } from "./plotly-figure.ts";
import { attributesOf } from "./attributes.ts";

export interface Slice {
  label: string;
  value: number;
  colour: string;
}

/** The slices of a pie, the largest first; a label that comes again is added to. */
export function slicesOf(trace: PlotlyTrace, colours: string[]): Slice[] {
  const values = listOf(trace.values);
  const labels = listOf(trace.labels) ?? (values ?? []).map((_, i) => String(i));
  const own = listOf(attributesOf(trace.marker).colors) ?? [];
  const sums = new Map<string, number>();
  labels.forEach((label, i) => {
    const value = values ? Number(values[i]) : 1;
    if (value > 0) sums.set(String(label), (sums.get(String(label)) ?? 0) + value);
  });
  const order = [...sums.keys()];
  const slices = [...sums].map(([label, value]) => {
    const place = order.indexOf(label);
    const given = own[labels.findIndex((each) => String(each) === label)];
    return { label, value, colour: typeof given === "string" ? given : colours[place % colours.length]! };
  });
  return trace.sort === false ? slices : slices.sort((a, b) => b.value - a.value);
}

/** A pie, or a ring where the trace has a `hole`, with each slice's share on it. */
export function drawPie(
  context: Context,
  trace: PlotlyTrace,
  slices: Slice[],
  frame: Frame,
  colours: ChartColours,
): void {
  const total = slices.reduce((sum, { value }) => sum + value, 0);
  const [middleX, middleY] = [(frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2];
  const radius = Math.max(10, Math.min(frame.right - frame.left, frame.bottom - frame.top) / 2 - 6);
  const hole = Math.max(0, Math.min(0.95, Number(trace.hole ?? 0)));
  let angle = -Math.PI / 2;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { value, colour } of slices) {
    const end = angle + (2 * Math.PI * value) / total;
    context.beginPath();
    context.moveTo(middleX + hole * radius * Math.cos(angle), middleY + hole * radius * Math.sin(angle));
    context.arc(middleX, middleY, radius, angle, end);
    context.arc(middleX, middleY, hole * radius, end, angle, true);
    context.closePath();
    context.fillStyle = colour;
    context.fill();
    context.strokeStyle = colours.paper;
    context.lineWidth = 1.5;
    context.stroke();
    if (value / total > 0.035) {
      const [between, reach] = [(angle + end) / 2, radius * (hole + (1 - hole) * 0.62)];
      context.font = font(11, 600);
      context.fillStyle = "white";
      const percent = (100 * value) / total;
      context.fillText(
        `${percent.toFixed(percent < 9.95 ? 1 : 0)}%`,
        middleX + reach * Math.cos(between),
        middleY + reach * Math.sin(between),
      );
    }
    angle = end;
  }
}
