import type { AxisValues } from "./axis.ts";
import type { BarSeries } from "./series.ts";

/** A bar in coordinates: from edge to edge along its axis, from foot to head across. */
export interface Bar {
  from: number;
  to: number;
  foot: number;
  head: number;
  colour: string;
  opacity: number;
}

/**
 * Puts bars beside, upon or over one another, as `barmode` says: `group` (default), `stack`, `relative` or `overlay`.
 * @param values of the axis that the bars stand on
 */
export function placeBars(series: BarSeries[], values: AxisValues, layout: Record<string, unknown>): Bar[] {
  const mode = typeof layout.barmode === "string" ? layout.barmode : "group";
  const isHistogram = series.every(({ hasEdges }) => hasEdges);
  const gap = typeof layout.bargap === "number" ? layout.bargap : isHistogram ? 0.04 : 0.2;
  const slot = slotOf(series, values) * (1 - gap);
  const isGrouped = mode === "group" && series.length > 1;
  const width = isGrouped ? slot / series.length : slot;
  const heads = new Map<string, number>();
  const bars: Bar[] = [];
  series.forEach((each, nth) => {
    each.places.forEach((place, i) => {
      const length = each.lengths[i];
      const edges = edgesOf(place, each.hasEdges, values, slot);
      if (length === undefined || !Number.isFinite(length) || !edges) return;
      const shift = isGrouped ? (nth + 0.5) * width - slot / 2 : 0;
      const middle = (edges[0] + edges[1]) / 2 + shift;
      const across = each.hasEdges && !isGrouped ? (edges[1] - edges[0]) * (1 - gap) : width;
      const key = `${edges[0]} ${length >= 0}`;
      const foot = mode === "stack" || mode === "relative" ? (heads.get(key) ?? 0) : 0;
      heads.set(key, foot + length);
      const [from, to] = [middle - across / 2, middle + across / 2];
      bars.push({ from, to, foot, head: foot + length, colour: each.colourOf(i), opacity: each.opacity });
    });
  });
  return bars;
}

function edgesOf(place: unknown, hasEdges: boolean, values: AxisValues, slot: number): [number, number] | undefined {
  if (hasEdges) return place as [number, number];
  const middle = values.coordinate(place);
  return middle === undefined ? undefined : [middle - slot / 2, middle + slot / 2];
}

/** The room that bars have: the least distance between two places. */
function slotOf(series: BarSeries[], { kind, coordinate }: AxisValues): number {
  if (kind === "category") return 1;
  const places = series.flatMap(({ places: all, hasEdges }) =>
    all.map((place) => (hasEdges ? (place as [number, number])[0] : coordinate(place))),
  );
  const sorted = [...new Set(places.filter((each) => each !== undefined))].sort((a, b) => a - b);
  let least = Infinity;
  for (let i = 1; i < sorted.length; i++) least = Math.min(least, sorted[i]! - sorted[i - 1]!);
  return least === Infinity ? 1 : least;
}
