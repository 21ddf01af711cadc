import { isDeckObject } from "./deck-json.ts";
import { readyDeck } from "./ready-deck.ts";
import type { ReadyDeck } from "./ready-deck.ts";
import type { MapLayerOptions, ShowMapOptions } from "./map-options.ts";
import { basemapAddress, themeOf } from "./map-options.ts";
import type { LayerSpec } from "./map-spec.ts";
import { openSource } from "./sources/open-source.ts";
import type { TileReader } from "./sources/open-source.ts";
import { resolveSource } from "./sources/resolve-source.ts";
import type { SourceSpec } from "./sources/source-spec.ts";
import { isTileAddress } from "./sources/tile-address.ts";
import { udfLayer } from "./udf-layer.ts";
import type { UdfLayer } from "./udf-layer.ts";
import { isUdf } from "./udf-reader.ts";

/** What of a map has to be looked up before it is drawn. */
export interface Prepared {
  udfs: Map<MapLayerOptions, UdfLayer>;
  tiles: Map<MapLayerOptions, { name: string; source: SourceSpec; read: TileReader }>;
  decks: Map<MapLayerOptions, ReadyDeck>;
  /** Absent for the built-in basemap and where it cannot be reached. */
  ground?: { source: SourceSpec; read: TileReader };
  /** What a reader should know. */
  notes: string[];
}

/** Name of the basemap's source. */
export const groundName = "basemap";

/** @throws TypeError where a layer is no thing of a map, Error where its tiles cannot be reached */
export async function prepareLayers(layers: MapLayerOptions[], options: ShowMapOptions): Promise<Prepared> {
  const prepared: Prepared = { udfs: new Map(), tiles: new Map(), decks: new Map(), notes: [] };
  for (const [i, layer] of layers.entries()) {
    const { data } = layer;
    if (isUdf(data)) {
      const made = await udfLayer(data, `layer-${i}`, layer);
      if (made) prepared.udfs.set(layer, made);
      for (const warning of made?.warnings ?? []) console.warn(warning);
    } else if (isTileAddress(data)) {
      const address = typeof data === "string" ? { url: data } : data;
      const { source, warnings } = await resolveSource(address, options.network);
      prepared.tiles.set(layer, { name: `layer-${i}`, source, read: openSource(source) });
      prepared.notes.push(...warnings);
    } else if (isDeckObject(data)) prepared.decks.set(layer, await readyDeck(data, options.network));
  }
  const address = basemapAddress(options);
  if (!address) return prepared;
  try {
    const { source, warnings } = await resolveSource(address, options.network, themeOf(options) ?? "light");
    prepared.ground = { source, read: openSource(source) };
    prepared.notes.push(...warnings);
  } catch (error) {
    // Without its basemap a map still shows what it is about.
    prepared.notes.push(missingGround((error as Error).message));
  }
  return prepared;
}

/** What is said where a basemap does not come. */
export function missingGround(reason: string): string {
  return `The basemap cannot be had (${reason.replace(/\.$/, "")}); the built-in outlines stand in.`;
}

/** A layer of tiles from elsewhere, for pages. */
export function tilesSpec(id: string, layer: MapLayerOptions, { source }: { source: SourceSpec }): LayerSpec {
  const { minZoom, maxZoom, tileSize, bounds } = source;
  return {
    id,
    name: layer.name ?? "tiles",
    type: "tiles",
    source: id,
    minZoom: layer.minZoom ?? minZoom,
    maxZoom: layer.maxZoom ?? maxZoom,
    tileSize,
    ...(bounds && { extent: bounds }),
    style: {},
  };
}
