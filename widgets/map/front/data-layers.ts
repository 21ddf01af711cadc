import type { Layer } from "@deck.gl/core";
import { contentLayers } from "./content-layers.ts";
import type { LayerData } from "./layer-data.ts";
import type { LayerState } from "./layer-state.ts";
import type { TileRequests } from "./tile-requests.ts";
import { udfTileLayer } from "./udf-tile-layer.ts";
import type { TileEvents } from "./udf-tile-layer.ts";

/** Features that are drawn by the page where WebGL is computed by the processor. */
const mostInSoftware = 20_000;

/**
 * Whether the kernel draws a layer in tiles: without a graphics card also what would take this page seconds a frame.
 * @param isLive the kernel is there to do it
 */
export function isTiled({ spec }: LayerState, isSoftware: boolean, isLive: boolean): boolean {
  if (spec.type === "tiles") return true;
  return isSoftware && isLive && spec.type !== "raster" && spec.count > mostInSoftware;
}

/** The layers of deck.gl that draw one of the map's; none until its data has come, which is asked for here. */
export function dataLayers(
  state: LayerState,
  inTiles: boolean,
  requests: TileRequests,
  data: LayerData,
  events: TileEvents,
): Layer[] {
  const { spec, content } = state;
  if (inTiles) return [udfTileLayer(state, requests, events)];
  if (spec.type === "tiles") return [];
  if (!content) {
    data.want(spec.data);
    return [];
  }
  const isInDegrees = spec.type === "raster" && spec.rows === "latitude";
  return contentLayers(content, state, { id: spec.id, bounds: spec.bounds, isTile: false, isInDegrees });
}

/** Whether a layer shows pictures, which hide the ground. */
export function hidesGround({ visible, media }: LayerState): boolean {
  return visible && (media === "numbers" || media === "image");
}
