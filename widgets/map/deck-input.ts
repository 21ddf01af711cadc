import { checkDeckLayer, isDeckJson, isDeckObject } from "./deck-json.ts";
import type { DeckJson, DeckObject } from "./deck-json.ts";
import type { MapLayerOptions, ShowMapOptions } from "./map-options.ts";
import { isTileAddress, isTemplate } from "./sources/tile-address.ts";
import type { VizConfig } from "./viz-config.ts";

/** A whole deck as layers and options of a map; undefined for anything else. @throws TypeError for views that a map has not */
export function readDeckInput(
  value: unknown,
): { layers: MapLayerOptions[]; options: Partial<ShowMapOptions> } | undefined {
  const deck = typeof value === "string" ? parsed(value) : value;
  if (!isDeckJson(deck)) return undefined;
  checkViews(deck);
  const { longitude, latitude, zoom, pitch, bearing } = deck.initialViewState ?? {};
  const isPlaced = longitude !== undefined && latitude !== undefined;
  const turn = { ...(pitch !== undefined && { pitch }), ...(bearing !== undefined && { bearing }) };
  return {
    layers: deck.layers.map(deckLayer),
    options: { ...turn, ...(isPlaced && { center: [longitude, latitude], zoom }), ...basemapOf(deck.mapStyle) },
  };
}

/** One layer. Tiles at an address become a layer of tiles, which the kernel fetches. */
export function deckLayer(layer: DeckObject): MapLayerOptions {
  const name = checkDeckLayer(layer);
  const id = layer.id ?? name;
  if (name !== "TileLayer" && name !== "MVTLayer") return { data: layer, name: id };
  const { data, minZoom, maxZoom, tileSize, opacity, visible, attribution } = layer;
  const url = Array.isArray(data) ? (data[0] as unknown) : data;
  if (typeof url !== "string" || !isTileAddress(url)) {
    throw new TypeError(`The data of a ${name} is an address with {z}, {x} and {y}, or a .pmtiles file.`);
  }
  const vector = Object.fromEntries(
    Object.entries(layer).filter(
      ([prop]) => prop.startsWith("get") || /^(filled|stroked|extruded)$|Pixels$/.test(prop),
    ),
  );
  const address = name === "MVTLayer" && isTemplate(url) && !/\.(mvt|pbf)($|\?)/i.test(url) ? { tileSize: 512 } : {};
  return {
    data: {
      url,
      attribution: typeof attribution === "string" ? attribution : undefined,
      ...numbers({ minZoom, maxZoom, tileSize }),
      ...address,
    },
    name: id,
    vizConfig: { vectorLayer: vector } as VizConfig,
    ...numbers({ opacity }),
    ...(typeof visible === "boolean" && { visible }),
  };
}

function numbers(of: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(of).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

function parsed(text: string): unknown {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new TypeError(`This text is no deck.gl JSON: ${(error as Error).message}`);
  }
}

function checkViews({ views }: DeckJson): void {
  const list = views === undefined ? [] : Array.isArray(views) ? views : [views];
  const other = list.find((view) => isDeckObject(view) && view["@@type"] !== "MapView");
  if (other) {
    throw new TypeError(
      `deck.gl JSON asks for a ${other["@@type"]}; a map here has the MapView, flat or tilted by pitch.`,
    );
  }
  if (list.length > 1)
    throw new TypeError(
      "deck.gl JSON asks for several views; a map here has one. Two layers beside each other: the option swipe.",
    );
}

/** pydeck's names of styles and their addresses say little more than light or dark; a style of somebody's own is fetched. */
function basemapOf(style: unknown): Partial<ShowMapOptions> {
  if (typeof style !== "string" || style === "") return style === null ? {} : {};
  if (/satellite/i.test(style)) return { basemap: "satellite" };
  if (/dark/i.test(style)) return { basemap: "dark" };
  return /^https?:.*\.json($|\?)/i.test(style) && !/cartocdn|carto\.com/i.test(style)
    ? { basemap: style }
    : { basemap: "light" };
}
