import type { FeatureTable } from "../decode-features.ts";
import { joinSets } from "../join-sets.ts";
import type { LayerStyle } from "../map-spec.ts";
import { extentOf } from "../raster.ts";
import { missingColour, obviousProperty, plainColour } from "../vector-style.ts";
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
  const { table } = content;
  if (state.spec.type !== "tiles") {
    const { legend } = coloursOf(table, state.style);
    if (state.style.fillColor === undefined && legend?.kind === "ramp" && !isFixed) widen(state, legend.domain);
    return;
  }
  state.total += table.count;
  if (state.style.fillColor !== undefined) return;
  state.tables = [...(state.tables ?? []), table].slice(-mostTables);
  const colorBy = state.style.colorBy ?? (state.style.color === undefined ? obviousOf(state.tables) : undefined);
  const isOther = colorBy !== state.colorBy;
  state.colorBy = colorBy;
  if (isOther) state.seen = state.labels = undefined;
  // Only now is it known which numbers of the tiles before count.
  for (const each of isOther ? state.tables : [table]) noteFeatures(state, each);
}

/** Tiles whose features are looked at to settle what colours them. */
const mostTables = 400;

/** What colours the features of a tile: for all tiles of a layer the same. */
export function tileStyle({ style, colorBy }: LayerState, { properties }: FeatureTable): LayerStyle {
  if (style.fillColor !== undefined) return style;
  if (colorBy === undefined) return { ...style, color: style.color ?? plainColour };
  return properties.includes(colorBy)
    ? { ...style, colorBy }
    : { ...style, colorBy: undefined, color: style.color ?? missingColour };
}

function obviousOf(tables: FeatureTable[]): string | undefined {
  const joined = joinSets(tables.map((table) => ({ set: table, indexes: firstOf(table) })));
  return obviousProperty(
    joined,
    Array.from({ length: joined.count }, (_, i) => i),
  );
}

/** A few features of each tile tell which numbers there are. */
function firstOf({ count }: FeatureTable): number[] {
  return Array.from({ length: Math.min(count, 20) }, (_, i) => i);
}

function noteFeatures(state: LayerState, table: FeatureTable): void {
  const { legend } = coloursOf(table, tileStyle(state, table));
  if (legend?.kind === "ramp" && state.style.domain === undefined) widen(state, legend.domain);
  if (legend?.kind !== "categories") return;
  const known = new Set(state.labels);
  for (const [label] of legend.entries) if (!/^\d+ others$/.test(label)) known.add(label);
  if (known.size > (state.labels?.length ?? 0)) state.labels = [...known];
}

function widen(state: LayerState, [least, greatest]: [number, number]): void {
  const [from, to] = state.seen ?? [Infinity, -Infinity];
  if (least >= from && greatest <= to) return;
  state.seen = [Math.min(from, least), Math.max(to, greatest)];
}
