import { attributesOf } from "./attributes.ts";
import type { Attributes } from "./attributes.ts";
import { textOf } from "./axis.ts";
import { colourAt, colourScale } from "./colour-scale.ts";
import type { ColourScale } from "./colour-scale.ts";
import { histogramSeries } from "./histogram-series.ts";
import { listOf } from "./plotly-figure.ts";
import type { PlotlyFigure, PlotlyTrace } from "./plotly-figure.ts";

/** A trace, ready to be drawn on a pair of axes. */
export type Series = ScatterSeries | BarSeries | HeatmapSeries;

export interface Named {
  name: string;
  colour: string;
  inLegend: boolean;
}

export interface ScatterSeries extends Named {
  kind: "scatter";
  xs: unknown[];
  ys: unknown[];
  hasLines: boolean;
  hasMarkers: boolean;
  lineWidth: number;
  dash: number[];
  isStepped: boolean;
  fill: "none" | "zero" | "next";
  size(index: number): number;
  colourOf(index: number): string;
  opacity: number;
  scale?: ColourScale;
}

export interface BarSeries extends Named {
  kind: "bar";
  isHorizontal: boolean;
  /** Where each bar stands: its middle, or both its edges. */
  places: (unknown | [number, number])[];
  hasEdges: boolean;
  lengths: (number | undefined)[];
  colourOf(index: number): string;
  opacity: number;
}

export interface HeatmapSeries extends Named {
  kind: "heatmap";
  xs: unknown[];
  ys: unknown[];
  rows: (number | null)[][];
  scale: ColourScale;
}

/** plotly.js' own colours of traces. */
const plotlyColours = [
  "#1f77b4",
  "#ff7f0e",
  "#2ca02c",
  "#d62728",
  "#9467bd",
  "#8c564b",
  "#e377c2",
  "#7f7f7f",
  "#bcbd22",
  "#17becf",
];
const dashes: Record<string, number[]> = { dot: [2, 3], dash: [7, 4], longdash: [11, 5], dashdot: [7, 3, 2, 3] };

/** Makes the traces of a figure ready; those that are `legendonly` or hidden are left out. */
export function seriesOf({ data, layout = {} }: PlotlyFigure): Series[] {
  const colours = colorwayOf(layout);
  const visible = data.filter(({ visible: shown }) => shown === undefined || shown === true);
  return visible.map((trace, i) => {
    const named = {
      name: textOf(trace.name) || `trace ${i}`,
      colour:
        colourText(attributesOf(trace.marker).color) ??
        colourText(attributesOf(trace.line).color) ??
        colours[i % colours.length]!,
      inLegend: trace.showlegend !== false && (visible.length > 1 || trace.showlegend === true),
    };
    if (trace.type === "bar") return barSeries(trace, named);
    if (trace.type === "histogram") return histogramSeries(trace, named);
    if (trace.type === "heatmap") return heatmapSeries(trace, named);
    return scatterSeries(trace, named);
  });
}

export function colorwayOf(layout: Attributes): string[] {
  const template = attributesOf(attributesOf(layout.template).layout).colorway;
  const colours = (listOf(layout.colorway) ?? listOf(template) ?? []).filter((each) => typeof each === "string");
  return colours.length > 0 ? colours : plotlyColours;
}

function colourText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function scatterSeries(trace: PlotlyTrace, named: Named): ScatterSeries {
  const [marker, line] = [attributesOf(trace.marker), attributesOf(trace.line)];
  const { xs, ys } = coordinates(trace);
  const mode = typeof trace.mode === "string" ? trace.mode : xs.length < 20 ? "lines+markers" : "lines";
  const sizes = listOf(marker.size)?.map(Number);
  const size = typeof marker.size === "number" ? marker.size : 6;
  const reference = Number(marker.sizeref ?? 1);
  const isArea = marker.sizemode === "area";
  const { colourOf, scale } = colouring(marker, named.colour);
  return {
    kind: "scatter",
    ...named,
    xs,
    ys,
    hasLines: mode.includes("lines"),
    hasMarkers: mode.includes("markers"),
    lineWidth: Number(line.width ?? 2),
    dash: dashes[String(line.dash)] ?? [],
    isStepped: line.shape === "hv",
    fill: trace.fill === "tozeroy" ? "zero" : trace.fill === "tonexty" ? "next" : "none",
    size: (index) => {
      const own = (sizes?.[index] ?? size) / reference;
      return isArea ? Math.sqrt(own) : own;
    },
    colourOf,
    scale,
    opacity: Number(trace.opacity ?? marker.opacity ?? 1),
  };
}

/** Where one of the two is absent, it counts from 0. */
function coordinates(trace: PlotlyTrace): { xs: unknown[]; ys: unknown[] } {
  const [xs, ys] = [listOf(trace.x), listOf(trace.y)];
  const counted = Array.from({ length: (xs ?? ys ?? []).length }, (_, i) => i);
  return { xs: xs ?? counted, ys: ys ?? counted };
}

function colouring(marker: Attributes, single: string): { colourOf(index: number): string; scale?: ColourScale } {
  const values = listOf(marker.color);
  if (!values) return { colourOf: () => single };
  if (values.every((each) => typeof each === "string")) return { colourOf: (index) => String(values[index] ?? single) };
  const numbers = values.map(Number);
  const scale = colourScale(marker, numbers, "");
  return { colourOf: (index) => colourAt(scale, numbers[index]!) ?? single, scale };
}

function barSeries(trace: PlotlyTrace, named: Named): BarSeries {
  const { xs, ys } = coordinates(trace);
  const isHorizontal = trace.orientation === "h";
  const lengths = (isHorizontal ? xs : ys).map((each) =>
    each === null || each === undefined ? undefined : Number(each),
  );
  const { colourOf } = colouring(attributesOf(trace.marker), named.colour);
  const opacity = Number(trace.opacity ?? attributesOf(trace.marker).opacity ?? 1);
  return {
    kind: "bar",
    ...named,
    isHorizontal,
    places: isHorizontal ? ys : xs,
    hasEdges: false,
    lengths,
    colourOf,
    opacity,
  };
}

function heatmapSeries(trace: PlotlyTrace, named: Named): HeatmapSeries {
  const rows = (listOf(trace.z) ?? []).map((row) =>
    (listOf(row) ?? []).map((each) => (each === null ? null : Number(each))),
  );
  const width = Math.max(0, ...rows.map(({ length }) => length));
  const flat = rows.flat().filter((each): each is number => each !== null && Number.isFinite(each));
  return {
    kind: "heatmap",
    ...named,
    inLegend: false,
    xs: listOf(trace.x) ?? Array.from({ length: width }, (_, i) => i),
    ys: listOf(trace.y) ?? Array.from({ length: rows.length }, (_, i) => i),
    rows,
    scale: colourScale(trace, flat, trace.name ?? ""),
  };
}
