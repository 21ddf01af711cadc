import { bin, extent } from "d3-array";
import { rampOf } from "../map/palette.ts";
import type { Ramp } from "../map/palette.ts";
import { textOf } from "./axis.ts";
import { listOf } from "./plotly-figure.ts";
import type { PlotlyFigure, PlotlyTrace } from "./plotly-figure.ts";

/** A trace, ready to be drawn on a pair of axes. */
export type Series = ScatterSeries | BarSeries | HeatmapSeries;

interface Named {
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

export interface ColourScale {
  title: string;
  ramp: Ramp;
  domain: [number, number];
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
/** Scales that plotly.js runs the other way than ColorBrewer and d3 do. */
const fromDark = new Set(["Greys", "YlGnBu", "Greens", "YlOrRd", "RdBu", "Blues"]);
const dashes: Record<string, number[]> = { dot: [2, 3], dash: [7, 4], longdash: [11, 5], dashdot: [7, 3, 2, 3] };

type Attributes = Record<string, unknown>;

/** Makes the traces of a figure ready; those that are `legendonly` or hidden are left out. */
export function seriesOf({ data, layout = {} }: PlotlyFigure): Series[] {
  const colours = colorwayOf(layout);
  const visible = data.filter(({ visible: shown }) => shown === undefined || shown === true);
  return visible.map((trace, i) => {
    const named = {
      name: textOf(trace.name) || `trace ${i}`,
      colour:
        colourText(object(trace.marker).color) ?? colourText(object(trace.line).color) ?? colours[i % colours.length]!,
      inLegend: trace.showlegend !== false && (visible.length > 1 || trace.showlegend === true),
    };
    if (trace.type === "bar") return barSeries(trace, named);
    if (trace.type === "histogram") return histogramSeries(trace, named);
    if (trace.type === "heatmap") return heatmapSeries(trace, named);
    return scatterSeries(trace, named);
  });
}

export function colorwayOf(layout: Attributes): string[] {
  const template = object(object(layout.template).layout).colorway;
  const colours = (listOf(layout.colorway) ?? listOf(template) ?? []).filter((each) => typeof each === "string");
  return colours.length > 0 ? colours : plotlyColours;
}

export function object(value: unknown): Attributes {
  return typeof value === "object" && value !== null ? (value as Attributes) : {};
}

function colourText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function scatterSeries(trace: PlotlyTrace, named: Named): ScatterSeries {
  const [marker, line] = [object(trace.marker), object(trace.line)];
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

function colourScale(from: Attributes, numbers: number[], title: string): ColourScale {
  const [least = 0, greatest = 1] = extent(numbers.filter(Number.isFinite)) as [number?, number?];
  const ramp = plotlyRamp(from.colorscale);
  return {
    title: textOf(object(from.colorbar).title) || title,
    ramp: from.reversescale === true ? (share) => ramp(1 - share) : ramp,
    domain: [Number(from.cmin ?? from.zmin ?? least), Number(from.cmax ?? from.zmax ?? greatest)],
  };
}

/** A colour scale by name or as a list of `[place, colour]`; Viridis for a name that d3 does not have. */
function plotlyRamp(scale: unknown): Ramp {
  if (Array.isArray(scale) && scale.every((stop) => Array.isArray(stop))) {
    const stops = (scale as [number, string][]).map(([at, colour]) => ({ at: Number(at), colour }));
    return (share) => blend(stops, share);
  }
  const name = typeof scale === "string" ? scale : "Viridis";
  try {
    const ramp = rampOf(name === "Jet" ? "turbo" : name);
    return fromDark.has(name) ? (share) => ramp(1 - share) : ramp;
  } catch {
    return rampOf("viridis");
  }
}

function blend(stops: { at: number; colour: string }[], share: number): string {
  const next = stops.findIndex(({ at }) => at >= share);
  const [to, from] = [stops[next < 0 ? stops.length - 1 : next]!, stops[Math.max(0, next - 1)]!];
  const between = to.at === from.at ? 0 : Math.round((100 * (share - from.at)) / (to.at - from.at));
  return mixColours(from.colour, to.colour, between / 100);
}

function mixColours(from: string, to: string, share: number): string {
  const parse = (colour: string): number[] => {
    const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
    if (hex) return hex.slice(1, 4).map((each) => parseInt(each, 16));
    return (colour.match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number);
  };
  const [a, b] = [parse(from), parse(to)];
  return `rgb(${a.map((value, i) => Math.round(value + ((b[i] ?? 0) - value) * share)).join(", ")})`;
}

/** The colour of a number on a scale; undefined for none. */
export function colourAt({ ramp, domain: [from, to] }: ColourScale, value: number | null): string | undefined {
  if (value === null || !Number.isFinite(value)) return undefined;
  return ramp(to === from ? 0.5 : Math.max(0, Math.min(1, (value - from) / (to - from))));
}

function barSeries(trace: PlotlyTrace, named: Named): BarSeries {
  const { xs, ys } = coordinates(trace);
  const isHorizontal = trace.orientation === "h";
  const lengths = (isHorizontal ? xs : ys).map((each) =>
    each === null || each === undefined ? undefined : Number(each),
  );
  const { colourOf } = colouring(object(trace.marker), named.colour);
  const opacity = Number(trace.opacity ?? object(trace.marker).opacity ?? 1);
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

function histogramSeries(trace: PlotlyTrace, named: Named): BarSeries {
  const isHorizontal = trace.x === undefined && trace.y !== undefined;
  const values = (listOf(isHorizontal ? trace.y : trace.x) ?? []).filter((each) => each !== null && each !== undefined);
  const numbers = values.map((each) =>
    each instanceof Date ? each.getTime() : typeof each === "bigint" ? Number(each) : each,
  );
  const isNumeric = numbers.every((each) => typeof each === "number");
  const common = {
    kind: "bar",
    ...named,
    isHorizontal,
    opacity: Number(trace.opacity ?? 1),
    colourOf: () => named.colour,
  } as const;
  const normalize = (count: number, width: number) => {
    if (trace.histnorm === "percent") return (100 * count) / values.length;
    if (trace.histnorm === "probability") return count / values.length;
    if (trace.histnorm === "density") return count / width;
    return trace.histnorm === "probability density" ? count / values.length / width : count;
  };
  if (!isNumeric) {
    const counts = new Map<string, number>();
    for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
    const lengths = [...counts.values()].map((count) => normalize(count, 1));
    return { ...common, places: [...counts.keys()], hasEdges: false, lengths };
  }
  const bins = binsOf(
    numbers as number[],
    object(isHorizontal ? trace.ybins : trace.xbins),
    isHorizontal ? trace.nbinsy : trace.nbinsx,
  );
  return {
    ...common,
    places: bins.map(({ x0, x1 }) => [x0, x1]),
    hasEdges: true,
    lengths: bins.map(({ x0, x1, length }) => normalize(length, x1 - x0)),
  };
}

function binsOf(numbers: number[], wanted: Attributes, count: unknown): { x0: number; x1: number; length: number }[] {
  const finite = numbers.filter(Number.isFinite);
  const [least = 0, greatest = 1] = extent(finite) as [number?, number?];
  const size = Number(wanted.size);
  if (size > 0) {
    const start = Number(wanted.start ?? Math.floor(least / size) * size);
    const end = Number(wanted.end ?? greatest + size);
    const bins = Array.from({ length: Math.min(10_000, Math.ceil((end - start) / size)) }, (_, i) => ({
      x0: start + i * size,
      x1: start + (i + 1) * size,
      length: 0,
    }));
    for (const value of finite) {
      const found = bins[Math.floor((value - start) / size)];
      if (found) found.length++;
    }
    return bins;
  }
  const wide = bin().thresholds(
    typeof count === "number" ? count : Math.min(60, Math.max(8, Math.ceil(Math.sqrt(finite.length)))),
  );
  const bins = wide(finite).map(({ x0 = 0, x1 = 0, length }) => ({ x0, x1, length }));
  // d3 gives a last bin of no width where the greatest value falls on an edge.
  const step = bins.length > 1 ? bins[0]!.x1 - bins[0]!.x0 || bins[1]!.x1 - bins[1]!.x0 : 1;
  return bins.map((each) => (each.x0 === each.x1 ? { ...each, x1: each.x0 + step } : each));
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
