import { bin, extent } from "d3-array";
import { attributesOf } from "./attributes.ts";
import type { Attributes } from "./attributes.ts";
import { listOf } from "./plotly-figure.ts";
import type { PlotlyTrace } from "./plotly-figure.ts";
import type { BarSeries, Named } from "./series.ts";

/** Counts a trace's values, by equal steps of numbers and dates or by category, into bars. */
export function histogramSeries(trace: PlotlyTrace, named: Named): BarSeries {
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
    attributesOf(isHorizontal ? trace.ybins : trace.xbins),
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
