import type { Feature, FeatureCollection } from "geojson";
import type { DisplayPlace } from "../mime-bundle.ts";
import { sharedDomain } from "./display-tile.ts";
import type { Layer } from "./layers.ts";
import type { MapLayerOptions } from "./map-options.ts";
import { runTiles, tilesOver } from "./map-tiles-picture.ts";
import { tileBounds } from "./mercator.ts";
import type { Bounds } from "./mercator.ts";
import { missingGround } from "./prepare-layers.ts";
import type { Prepared } from "./prepare-layers.ts";
import type { TileReader } from "./sources/open-source.ts";
import type { SourceSpec } from "./sources/source-spec.ts";
import { sourceTile } from "./sources/source-tile.ts";
import { featureLayer, isImage, stillStyle } from "./still-layer.ts";
import { isUdf } from "./udf-reader.ts";

/**
 * The layers of a picture that draw one of a map's.
 * @param place gets where the tiles of a UDF are shown as they come
 */
export async function picturedLayers(
  layer: MapLayerOptions,
  prepared: Prepared,
  bounds: Bounds,
  place: DisplayPlace,
): Promise<Layer[]> {
  const { data, name, parameters = {} } = layer;
  const { palette, domain, nodata } = layer;
  const style = stillStyle(layer);
  if (layer.visible === false) return [];
  if (isUdf(data)) {
    const zoom = layer.minZoom === layer.maxZoom ? layer.minZoom : undefined;
    const tiles = await runTiles(data, bounds, parameters, zoom, place);
    const look = { name: name ?? data.name, style, palette, domain: domain ?? sharedDomain(tiles, nodata), nodata };
    return tiles.map((tile): Layer => ({ type: "tile", value: undefined, ...tile, ...look }));
  }
  const tiles = prepared.tiles.get(layer);
  if (tiles) return tileLayers(layer, tiles, bounds);
  const deck = prepared.decks.get(layer);
  if (deck) return deck.still ? [{ ...deck.still, name: name ?? deck.name }] : [];
  if (isImage(data))
    return [
      { type: "raster", name, image: data, bounds: layer.bounds, opacity: layer.opacity, palette, domain, nodata },
    ];
  return [featureLayer(layer)];
}

/** Tiles from elsewhere over a box: pictures side by side, or all their features in one layer. */
async function tileLayers(
  layer: MapLayerOptions,
  { source, read }: { source: SourceSpec; read: TileReader },
  bounds: Bounds,
): Promise<Layer[]> {
  const deepest = tilesOver(bounds)[0]!.z;
  const zoom = Math.max(source.minZoom, Math.min(source.maxZoom, deepest));
  const tiles = tilesOver(bounds, zoom).slice(0, 32);
  const values = await Promise.all(tiles.map((tile) => sourceTile(read, tile)));
  const features = values.flatMap((value) => (isCollection(value) ? value.features : []));
  const images = tiles.flatMap((tile, i): Layer[] => {
    const image = values[i];
    if (!(image instanceof Uint8Array)) return [];
    return [
      { type: "raster", name: layer.name, image, bounds: tileBounds(tile), rows: "mercator", opacity: layer.opacity },
    ];
  });
  const style = { ...stillStyle(layer), stroked: false };
  if (features.length === 0) return images;
  return [...images, { type: "vector", name: layer.name, data: { type: "FeatureCollection", features }, style }];
}

function isCollection(value: unknown): value is FeatureCollection<Feature["geometry"]> {
  return typeof value === "object" && value !== null && "features" in value;
}

/** Most tiles that a picture's basemap is made of. */
const mostGround = 24;

/** The basemap of a picture; its outlines alone and a note where it does not come. */
export async function groundLayers(
  { source, read }: { source: SourceSpec; read: TileReader },
  bounds: Bounds,
  zoom: number,
): Promise<{ layers: Layer[]; note?: string; attribution?: string }> {
  const { attribution } = source;
  let z = Math.round(zoom - Math.log2(source.tileSize / 256));
  z = Math.max(source.minZoom, Math.min(source.maxZoom, z));
  while (z > source.minZoom && tilesOver(bounds, z).length > mostGround) z--;
  const tiles = tilesOver(bounds, z);
  try {
    const images = await Promise.all(tiles.map((tile) => sourceTile(read, tile)));
    const layers = tiles.flatMap((tile, i): Layer[] => {
      const image = images[i];
      const rows = "mercator" as const;
      return image instanceof Uint8Array ? [{ type: "raster", image, bounds: tileBounds(tile), rows }] : [];
    });
    return { layers, attribution };
  } catch (error) {
    return { layers: [], note: missingGround((error as Error).message) };
  }
}
