import type { Layer } from "@deck.gl/core";
import { TileLayer } from "@deck.gl/geo-layers";
import type { LayerSpec } from "../map-spec.ts";
import type { Bounds } from "../mercator.ts";
import { contentLayers } from "./content-layers.ts";
import { noteContent } from "./seen-values.ts";
import type { LayerState } from "./layer-state.ts";
import type { TileOrigin, TileRequests, TileResult } from "./tile-requests.ts";
import { windowOf } from "./time-filter.ts";

/** A tile of deck.gl's tile set, as far as we use it. */
export interface DeckTile {
  id: string;
  index: { x: number; y: number; z: number };
  boundingBox: [[number, number], [number, number]];
  content: TileResult | null;
  isSelected: boolean;
  isVisible: boolean;
  isLoading: boolean;
  setNeedsReload(): void;
}

/** Where a layer's tiles come from: a UDF, an address, or the kernel's drawing of the layer's own data. */
interface TilesOf {
  udf?: string;
  source?: string;
  tileSize: number;
  minZoom: number;
  maxZoom: number;
  extent?: Bounds;
}

/** Requests that one layer has under way; the kernel orders them by itself. */
const mostRequests = 8;
/** A tile must be wanted so long before it is asked for, milliseconds: panning past it asks nothing. */
const settle = 60;

/** What came last for each tile, so that the old picture stays until the new one is there. */
const latest = new WeakMap<LayerState["spec"], Map<string, TileResult>>();

export interface TileEvents {
  /** A tile has come: overlays and legends look again. */
  arrived(): void;
}

/** The layer of tiles that the kernel computes. */
export function udfTileLayer(state: LayerState, requests: TileRequests, { arrived }: TileEvents): Layer {
  const { id: layerId } = state.spec;
  const spec = tilesOfSpec(state.spec);
  let kept = latest.get(state.spec);
  if (!kept) latest.set(state.spec, (kept = new Map()));
  const known = kept;
  const range = state.spec.type === "tiles" ? undefined : windowOf(state.time);
  const origin: TileOrigin = { udf: spec.udf, source: spec.source, range };
  return new TileLayer({
    id: layerId,
    tileSize: spec.tileSize,
    minZoom: spec.minZoom,
    maxZoom: spec.maxZoom,
    ...(spec.extent && { extent: spec.extent }),
    maxRequests: mostRequests,
    debounceTime: settle,
    maxCacheSize: 300,
    refinementStrategy: "best-available",
    visible: state.visible,
    opacity: state.opacity,
    pickable: true,
    autoHighlight: false,
    ...(state.parameters && { parameters: state.parameters }),
    getTileData: async ({ index, id, signal }) => {
      const result = await requests.fetch(origin, layerId, index, signal);
      if (result === null) return known.get(id) ?? null;
      known.set(id, result);
      if (known.size > 400) known.delete(known.keys().next().value!);
      if (result.content) noteContent(state, result.content);
      setTimeout(arrived);
      return result;
    },
    renderSubLayers: (props) => {
      const result = props.data as TileResult | null;
      if (!result?.content) return null;
      const [[west, south], [east, north]] = (props.tile as unknown as DeckTile).boundingBox;
      const bounds: Bounds = [west, south, east, north];
      return contentLayers(result.content, state, { id: props.id, bounds, isTile: true, isInDegrees: false });
    },
    updateTriggers: {
      getTileData: `${spec.source === undefined ? requests.generation : ""} ${range?.join() ?? ""}`,
      renderSubLayers: `${state.version} ${state.seen?.join() ?? ""} ${state.labels?.length ?? 0} ${state.colorBy ?? ""} ${state.opacity} ${state.visible} ${windowOf(state.time)?.join() ?? ""}`,
    },
  });
}

function tilesOfSpec(spec: LayerSpec): TilesOf {
  return spec.type === "tiles" ? spec : { tileSize: 256, minZoom: 0, maxZoom: 19 };
}

/** The tiles that a layer shows now. */
export function tilesOf(layer: Layer | undefined): DeckTile[] {
  const { tileset } = (layer?.state ?? {}) as { tileset?: { tiles: DeckTile[] } };
  return (tileset?.tiles ?? []).filter((tile) => tile.isSelected);
}
