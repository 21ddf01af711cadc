import { extentOf } from "../raster.ts";
import { coloursOf } from "./feature-layers.ts";
import type { LayerState } from "./layer-state.ts";
import type { DrawnContent } from "./read-content.ts";

/**
 * Takes note of what a tile has shown, so that the same value has the same colour in all tiles: the ends of integer
 * rasters, and of the numbers that colour features.
 */
export function noteContent(state: LayerState, content: DrawnContent): void {
  if (state.media === undefined || state.media === "text") state.media = content.media;
  if (content.media === "numbers") state.head = content.head;
  if (content.media === "numbers" && content.head.aggregated) state.isAggregated = true;
  const isFixed = state.style.domain !== undefined;
  if (content.media === "numbers" && content.head.extent && !isFixed) {
    const { nodata } = state.style;
    widen(state, nodata === undefined ? content.head.extent : extentOf(content.data, nodata));
  }
  if (content.media !== "features") return;
  if (state.spec.type === "tiles") state.total += content.table.count;
  if (state.style.fillColor !== undefined) return;
  const { legend } = coloursOf(content.table, state.style);
  if (legend?.kind === "ramp" && !isFixed) widen(state, legend.domain);
  if (legend?.kind !== "categories" || state.spec.type !== "tiles") return;
  const known = new Set(state.labels);
  for (const [label] of legend.entries) if (!/^\d+ others$/.test(label)) known.add(label);
  if (known.size > (state.labels?.length ?? 0)) state.labels = [...known];
}

function widen(state: LayerState, [least, greatest]: [number, number]): void {
  const [from, to] = state.seen ?? [Infinity, -Infinity];
  if (least >= from && greatest <= to) return;
  state.seen = [Math.min(from, least), Math.max(to, greatest)];
}
