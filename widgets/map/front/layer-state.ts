import type { FeatureTable } from "../decode-features.ts";
import type { LayerSpec, LayerStyle, NumbersContent } from "../map-spec.ts";
import type { Legend } from "../vector-style.ts";
import type { MakeDeckLayer } from "./deck-layer.ts";
import type { DrawnContent } from "./read-content.ts";
import type { TimeFilter } from "./time-filter.ts";

/** A layer as the reader has set it, with what is known of its data. */
export interface LayerState {
  spec: LayerSpec;
  visible: boolean;
  opacity: number;
  /** The spec's, with what the panel has changed. */
  style: LayerStyle;
  /** Counts changes of the look. */
  version: number;
  /** Content of a layer with data of its own. */
  content?: DrawnContent;
  /** Ends that the tiles so far have shown, of integer rasters and of numbers that colour features. */
  seen?: [number, number];
  /** Categories that the tiles so far have shown, in their order. */
  labels?: string[];
  /** Features of the tiles so far, and the property that colours them all. */
  tables?: FeatureTable[];
  colorBy?: string;
  /** Numbers that the kernel has summed up from the layer's features. */
  isAggregated?: boolean;
  /** What kind of content has come: decides which knobs the panel has. */
  media?: DrawnContent["media"];
  /** How the numbers of its tiles are to be read. */
  head?: NumbersContent;
  legend?: Legend;
  /** What is loaded of a layer of deck.gl's JSON. */
  makeDeck?: MakeDeckLayer;
  time?: TimeFilter;
  /** Keeps it to its side of the bar. */
  parameters?: Record<string, unknown>;
  /** Features on the whole map, which the size of dots goes by. */
  total: number;
}

/** The layers of a spec; those that stay keep what the reader has set. */
export function layerStates(specs: LayerSpec[], before: LayerState[] = []): LayerState[] {
  return specs.map((spec) => {
    const old = before.find((each) => each.spec.id === spec.id);
    const isSameData = old && dataOf(old.spec) === dataOf(spec);
    return {
      spec,
      visible: old?.visible ?? spec.visible ?? true,
      opacity: old?.opacity ?? Math.max(0, Math.min(1, spec.opacity ?? 1)),
      style: spec.style,
      version: (old?.version ?? 0) + 1,
      total: isSameData ? old.total : "count" in spec ? spec.count : 0,
      time: old?.time,
      makeDeck: old?.makeDeck,
      ...(isSameData && { content: old.content, media: old.media, head: old.head }),
      ...(isSameData && { seen: old.seen, labels: old.labels, tables: old.tables, colorBy: old.colorBy }),
    };
  });
}

function dataOf(spec: LayerSpec): string {
  return spec.type === "tiles" ? `udf ${spec.udf} ${spec.source}` : `data ${spec.data}`;
}
