import { decodeFeatures } from "../decode-features.ts";
import type { FeatureTable } from "../decode-features.ts";
import type { LayerStyle, MapSpec } from "../map-spec.ts";
import type { Tile } from "../mercator.ts";
import { aggregateTile, worldPoints } from "./aggregate-tile.ts";
import type { WorldPoints } from "./aggregate-tile.ts";
import { featureTimes } from "../feature-times.ts";
import { drawFeaturesTile } from "./draw-features-tile.ts";
import type { EncodedContent } from "./encode-tile.ts";
import type { MapData } from "./map-definition.ts";

/** Draws tiles of a layer's own data, for pages without a graphics card. */
export type DataTiles = (
  layer: string,
  tile: Tile,
  /** Window of time that is drawn, where the map has a slider. */
  range?: [from: number, to: number],
) => Promise<EncodedContent | undefined>;

export function dataTiles(spec: MapSpec, data: Record<string, MapData>, parts: Uint8Array[]): DataTiles {
  const tables = new Map<string, { table: FeatureTable; world?: WorldPoints }>();
  return async (id, tile, range) => {
    const layer = spec.layers.find((each) => each.id === id);
    if (!layer || layer.type === "tiles") throw new TypeError(`This map has no data in a layer ${JSON.stringify(id)}.`);
    const { content, first, parts: count } = data[layer.data]!;
    if (content.media !== "features") throw new TypeError(`The layer ${JSON.stringify(id)} has no features.`);
    let known = tables.get(layer.data);
    if (!known) {
      known = { table: decodeFeatures(content.features, parts.slice(first, first + count).map(settled)) };
      tables.set(layer.data, known);
    }
    const { table } = known;
    const style: LayerStyle = layer.style;
    const field = spec.time?.field;
    const times = range && field !== undefined ? featureTimes(table, field) : undefined;
    const isShown = times && ((id: number) => times[id]! >= range![0] && times[id]! <= range![1]);
    if (table.lines.ids.length > 0 || table.areas.ids.length > 0) return drawFeaturesTile(table, style, tile, isShown);
    known.world ??= worldPoints(table);
    return aggregateTile(table, known.world, style, tile, isShown);
  };
}

/** Bytes at a place where numbers of any size may lie. */
function settled(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
