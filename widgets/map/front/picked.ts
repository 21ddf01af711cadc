import type { PickingInfo } from "@deck.gl/core";
import type { FeatureTable } from "../decode-features.ts";
import { featureOf } from "./feature-layers.ts";
import type { LayerState } from "./layer-state.ts";
import type { TooltipRows } from "./tooltip-box.ts";
import type { DrawnContent } from "./read-content.ts";
import type { TileResult } from "./tile-requests.ts";

/** A feature as the cell gets it back. */
export interface PickedFeature {
  layer: string;
  index: number;
  properties: Record<string, unknown>;
  /** Of a feature in a tile, where the index counts within the tile. */
  tile?: { z: number; x: number; y: number };
}

interface Picked {
  layer: LayerState;
  content: DrawnContent;
  drawnId: string;
  tile?: { z: number; x: number; y: number };
}

/** What the tooltip says of a picked place. */
export function pickedRows(info: PickingInfo, layers: LayerState[]): TooltipRows {
  const found = findPicked(info, layers);
  if (!found || found.layer.spec.tooltip === false) return [];
  const { content, layer, drawnId } = found;
  if (content.media === "json") return rowsOfObject(info.object, layer.spec.tooltip);
  if (content.media === "features") {
    const index = featureOf(content.table, drawnId, info.index);
    if (index === undefined) return [];
    const names = layer.spec.tooltip || content.table.properties;
    return names.map((name) => [name, content.table.property(index, name)]);
  }
  if (content.media !== "numbers") return [];
  const pixel = (info as { bitmap?: { pixel: [number, number] } }).bitmap?.pixel;
  if (!pixel) return [];
  const { width, height } = content.head;
  const column = Math.min(width - 1, Math.floor(pixel[0]));
  const row = Math.min(height - 1, Math.floor(pixel[1]));
  const value = content.data[row * width + column];
  return value === undefined || Number.isNaN(value) || value === layer.style.nodata ? [] : [[layer.spec.name, value]];
}

export function pickedFeature(info: PickingInfo, layers: LayerState[]): PickedFeature | undefined {
  const found = findPicked(info, layers);
  if (found?.content.media === "json") {
    const properties = Object.fromEntries(rowsOfObject(info.object, undefined));
    return { layer: found.layer.spec.id, index: info.index, properties };
  }
  if (!found || found.content.media !== "features") return undefined;
  const { table } = found.content;
  const index = featureOf(table, found.drawnId, info.index);
  if (index === undefined) return undefined;
  return {
    layer: found.layer.spec.id,
    index,
    properties: propertiesOf(table, index),
    ...(found.tile && { tile: found.tile }),
  };
}

/** The plain members of a row of deck.gl's JSON, or of a Feature's properties. */
function rowsOfObject(object: unknown, names: string[] | false | undefined): TooltipRows {
  if (typeof object !== "object" || object === null) return [];
  const { properties } = object as { properties?: Record<string, unknown> };
  const of: Record<string, unknown> = properties ?? { ...object };
  const isPlain = (value: unknown) => value === null || typeof value !== "object";
  return Object.entries(of).filter(([name, value]) => (names ? names.includes(name) : isPlain(value)));
}

function propertiesOf(table: FeatureTable, index: number): Record<string, unknown> {
  return Object.fromEntries(table.properties.map((name) => [name, table.property(index, name)]));
}

function findPicked(info: PickingInfo, layers: LayerState[]): Picked | undefined {
  if (!info.picked || !info.layer) return undefined;
  const layer = layers.find(({ spec }) => info.layer!.id === spec.id || info.layer!.id.startsWith(`${spec.id}-`));
  if (!layer) return undefined;
  if (!("sourceTile" in info)) {
    return layer.content && { layer, content: layer.content, drawnId: info.sourceLayer?.id ?? info.layer.id };
  }
  const { sourceTile, sourceLayer } = info as PickingInfo & {
    sourceTile?: { content: TileResult | null; index: { z: number; x: number; y: number } };
  };
  const content = sourceTile?.content?.content;
  if (!content) return undefined;
  const drawn = (info as { sourceTileSubLayer?: { id: string } }).sourceTileSubLayer ?? sourceLayer;
  return { layer, content, drawnId: drawn?.id ?? "", tile: sourceTile!.index };
}
