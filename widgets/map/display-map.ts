import { grouped } from "../html.ts";
import type { MimeBundle } from "../mime-bundle.ts";
import { loadCanvas } from "../picture/canvas.ts";
import { encodePicture } from "../picture/encode-picture.ts";
import { figureHtml } from "../picture/figure-html.ts";
import { drawMap } from "./draw-map.ts";
import { aroundSpans } from "./features.ts";
import { readyLayer } from "./layers.ts";
import type { Layer, ReadyLayer } from "./layers.ts";
import { liveLayers } from "./live-layers.ts";
import { withLiveMap } from "./live-map.ts";
import type { LiveMap } from "./live-map.ts";
import { widgetLink } from "../widget-link.ts";
import { latitudeAt, longitudeAt } from "./mercator.ts";
import type { Bounds } from "./mercator.ts";
import { shareStyle } from "./shared-style.ts";
import { themes } from "./theme.ts";
import { boundsOf, viewOf, zoomOf } from "./view.ts";
import type { View, ViewOptions } from "./view.ts";

export const mapMime = "application/vnd.fused.map+json";

export interface MapOptions extends ViewOptions {
  title?: string;
  /** Colours of the basemap. Default `light`. */
  theme?: "light" | "dark";
  /** Pictures under the layers, over the built-in basemap, for a box and a zoom of 256-pixel tiles. */
  ground?: (bounds: Bounds, zoom: number) => Promise<{ layers: Layer[]; note?: string; attribution?: string }>;
  /** What a reader should know besides. */
  notes?: string[];
  /** Makes the map as pages show it. Default: of the layers; what gives undefined stays a picture. */
  live?: (shown: { bounds: Bounds; height: number; notes: string[] }) => Promise<LiveMap | undefined>;
}

/** What the map's own renderer gets; `version` says how to read it. */
export interface MapSpec {
  version: 1;
  title?: string;
  width: number;
  height: number;
  view: { longitude: number; latitude: number; zoom: number; bounds: Bounds };
  /** The first hundred. */
  layers: LayerSpec[];
  layerCount: number;
  attribution: string;
}

export interface LayerSpec {
  type: string;
  name?: string;
  /** Absent for a tile, whose z, x and y say it. */
  bounds?: Bounds;
  tile?: { z: number; x: number; y: number; error?: string };
  colorBy?: string;
  domain?: [number, number];
  summary: string;
}

const layersInSpec = 100;

/**
 * Shows layers on a map: the map's own mime type, a picture of it over a basemap that needs no network, and a line of
 * text.
 * @param layers the first at the bottom; none shows the basemap alone
 * @param view what part of the world is shown, where that is not the layers' own box
 * @throws TypeError where a layer's value cannot be put on a map, RangeError where a tile or a box is not on it
 */
export async function displayMap(layers: Layer[], view: MapOptions = {}): Promise<MimeBundle> {
  const canvasModule = await loadCanvas();
  const ready: ReadyLayer[] = [];
  for (const layer of layers) ready.push({ ...(await readyLayer(canvasModule, layer)), side: layer.side });
  shareStyle(ready);
  const shown = viewOf(view, boundsOfLayers(ready));
  const under = await view.ground?.(boundsOf(shown), zoomOf(shown));
  const ground: ReadyLayer[] = [];
  for (const layer of under?.layers ?? []) ground.push(await readyLayer(canvasModule, layer));
  const canvas = await drawMap(canvasModule, shown, ready, themes[view.theme ?? "light"], {
    images: ground.flatMap(({ image }) => image ?? []),
    attribution: under?.attribution,
  });
  const picture = await encodePicture(canvasModule, canvas, canvas.width / shown.width);
  const { title } = view;
  const place = `${placeText(shown)}, zoom ${Number(zoomOf(shown).toFixed(1))}`;
  const summary = summarize(ready);
  const all = [...(view.notes ?? []), ...(under?.note ? [under.note] : []), ...ready.flatMap(({ note }) => note ?? [])];
  const notes = [...new Set(all)].slice(0, 3);
  const head = [title, summary].filter(Boolean).join(": ");
  const bundle = {
    data: {
      [mapMime]: specOf(ready, shown, title),
      "text/html": figureHtml(picture, {
        title,
        alt: `Map: ${head}. ${place}.`,
        caption: [`${summary} · ${place}`, ...notes],
      }),
      "image/png": picture.small.toString("base64"),
      "text/plain": [`Map: ${head} (${place})`, ...notes].join("\n"),
    },
    metadata: { "image/png": { width: picture.width, height: picture.height } },
  };
  const asShown = {
    bounds: boundsOf(shown),
    title,
    height: liveHeight(shown),
    notes: ready.flatMap(({ left }) => left ?? []),
  };
  const live = widgetLink() && (await (view.live ?? ((as) => liveLayers(layers, as)))(asShown));
  return live ? withLiveMap(bundle, live) : bundle;
}

/** Pages give a map the width that there is; its height stays within what a screen can show. */
function liveHeight({ height }: View): number {
  return Math.max(320, Math.min(520, Math.round(height)));
}

/** `40.7307° N, 74.0259° W`, with the decimals that the zoom needs. */
function placeText(view: View): string {
  const decimals = Math.max(0, Math.min(6, Math.round(zoomOf(view) / 3)));
  const longitude = ((((longitudeAt(view.centerX) + 180) % 360) + 360) % 360) - 180;
  const text = (value: number, positive: string, negative: string) => {
    const size = Math.abs(value).toFixed(decimals);
    return Number(size) === 0 ? `${size}°` : `${size}° ${value < 0 ? negative : positive}`;
  };
  return `${text(latitudeAt(view.centerY), "N", "S")}, ${text(longitude, "E", "W")}`;
}

function summarize(layers: ReadyLayer[]): string {
  if (layers.length === 0) return "basemap";
  const tiles = layers.filter(({ tile }) => tile);
  if (tiles.length > 1 && tiles.length === layers.length) {
    const failed = tiles.filter(({ tile }) => tile!.error !== undefined).length;
    return `${grouped(tiles.length)} tiles${failed > 0 ? `, ${failed} with errors` : ""}`;
  }
  const counts = new Map<string, number>();
  for (const { tile, name, summary } of layers) {
    const label = tile ? `tile ${tile.z}/${tile.x}/${tile.y}` : name;
    const text = label ? `${label}: ${summary}` : summary;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const parts = [...counts].map(([text, count]) => (count > 1 ? `${count} of ${text}` : text));
  const more = parts.length - 4;
  return parts.slice(0, 4).join("; ") + (more > 0 ? `; ${more} more ${more === 1 ? "layer" : "layers"}` : "");
}

function boundsOfLayers(layers: ReadyLayer[]): Bounds | undefined {
  const boxes = layers.flatMap(({ bounds }) => (bounds ? [bounds] : []));
  const around = aroundSpans(boxes.map(([west, , east]) => [west, east < west ? east + 360 : east]));
  if (!around) return undefined;
  return [around[0], Math.min(...boxes.map((box) => box[1])), around[1], Math.max(...boxes.map((box) => box[3]))];
}

function specOf(layers: ReadyLayer[], view: View, title: string | undefined): MapSpec {
  return {
    version: 1,
    title,
    width: view.width,
    height: view.height,
    view: {
      longitude: longitudeAt(view.centerX),
      latitude: latitudeAt(view.centerY),
      zoom: zoomOf(view),
      bounds: boundsOf(view),
    },
    layers: layers.slice(0, layersInSpec).map(({ type, name, bounds, tile, legend, vector, summary }) => ({
      type,
      name,
      bounds: tile ? undefined : bounds,
      tile: tile && { z: tile.z, x: tile.x, y: tile.y, error: tile.error?.slice(0, 200) },
      colorBy: vector?.colours.colorBy,
      domain: legend?.kind === "ramp" ? legend.domain : undefined,
      summary: summary.slice(0, 200),
    })),
    layerCount: layers.length,
    attribution: "Natural Earth",
  };
}
