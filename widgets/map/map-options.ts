import type { GeoJSON } from "geojson";
import { nearestName } from "../../engine/nearest-name.ts";
import type { NetworkPermission } from "../../engine/run-types.ts";
import type { TableLike } from "../table/table-source.ts";
import type { ControlRange } from "./control-specs.ts";
import type { DeckObject } from "./deck-json.ts";
import type { ImageValue } from "./layers.ts";
import type { FeatureLayerType, LayerStyle } from "./map-spec.ts";
import type { Bounds } from "./mercator.ts";
import { isTemplate } from "./sources/tile-address.ts";
import type { TileAddress } from "./sources/tile-address.ts";
import type { MapUdfLike } from "./udf-reader.ts";
import type { VizConfig } from "./viz-config.ts";

/**
 * What a layer can be made of: features, a table that tells places, a raster, a UDF that computes tiles, an address of
 * tiles (with `{z}`, `{x}` and `{y}`) or of a `.pmtiles` file, a layer of deck.gl's JSON.
 */
export type LayerData = GeoJSON | TableLike | ImageValue | MapUdfLike | TileAddress | string | DeckObject;

/** One layer of `fused.map`. */
export interface MapLayerOptions extends LayerStyle {
  data: LayerData;
  /** How features are drawn: as they are (`vector`), or as one of the others. Default `vector`. */
  type?: FeatureLayerType;
  name?: string;
  opacity?: number;
  visible?: boolean;
  /** Names of the properties that the tooltip shows; false: none. */
  tooltip?: string[] | false;
  /** Box of a raster that does not tell it itself: west, south, east, north in degrees. */
  bounds?: Bounds;
  /** Columns of a table that tell where a row lies. */
  longitude?: string;
  latitude?: string;
  /** Parameters of a UDF. */
  parameters?: Record<string, unknown>;
  /** Zooms for which a UDF is asked. Default 0 to 19. */
  minZoom?: number;
  maxZoom?: number;
  /** Fused's vizConfig; options beside it win. Default: the one in the UDF's metadata. */
  vizConfig?: VizConfig;
}

/** How `fused.map` shows its layers. */
export interface ShowMapOptions {
  title?: string;
  /** What the map shows at first: west, south, east, north in degrees. Default: the data. */
  bounds?: Bounds;
  /** A place instead; zoom 0 is the world in 512 pixels. */
  center?: [longitude: number, latitude: number];
  zoom?: number;
  pitch?: number;
  bearing?: number;
  /**
   * `offline` needs no network and is the default; `light` and `dark` are the same in these colours; `none`; `satellite`;
   * a `.pmtiles` file, a MapLibre style (`.json`), or tiles at an address. The kernel fetches them, never the browser;
   * where they do not come, `offline` stands in.
   */
  basemap?: "offline" | "light" | "dark" | "none" | "satellite" | TileAddress | (string & {});
  /** Where `satellite` comes from, with `{z}`, `{x}` and `{y}`. Default: Esri's World Imagery. */
  satelliteUrl?: string;
  /** Hosts that the map's tiles may come from. Default: all public ones. */
  network?: NetworkPermission;
  /** A bar between two layers, or two lists of them, by name; true: between the first and the second. */
  swipe?: boolean | [left: string | string[], right: string | string[]];
  /** A slider of time: the property (a date, a time, a number) that tells when a feature is, or more about it. */
  time?: string | TimeOptions;
  /** Default: as the front end. */
  theme?: "light" | "dark";
  /** CSS pixels. */
  height?: number;
  /** Controls of a UDF's parameters: all, some by name, or with ends or values: `{ k: [0, 5], mode: ["a", "b"] }`. */
  controls?: boolean | string[] | Record<string, ControlRange>;
}

/** What the slider of time goes by. */
export interface TimeOptions {
  /** Property of features: a date, a text that is one, or a number. */
  field?: string;
  /** Parameter of a UDF instead: the tiles are drawn anew as it moves. */
  parameter?: string;
  /** Where the slider begins and ends. Default: the data's own ends; with `parameter` they must be given. */
  from?: Date | string | number;
  to?: Date | string | number;
  /** One step of the slider: days for dates. Default: a hundredth of all. */
  step?: number;
  /** How far back what is shown may lie: days for dates. Default: all at first, a tenth once the slider moves. */
  window?: number;
  /** Show all up to the slider's place, rather than a window. */
  cumulative?: boolean;
}

const satellite = {
  url: "https://server.arcgisonline.com/ArcGIS/rest/services/World_Imagery/MapServer/tile/{z}/{y}/{x}",
  attribution: "Esri, Maxar, Earthstar Geographics",
};

/** Where a basemap's tiles come from; undefined for the built-in one and for none. @throws TypeError for another */
export function basemapAddress({ basemap, satelliteUrl }: ShowMapOptions): TileAddress | undefined {
  if (basemap === undefined || basemap === "none" || isBuiltIn(basemap)) return undefined;
  if (basemap === "satellite") return satelliteUrl === undefined ? satellite : { ...satellite, url: satelliteUrl };
  const address = typeof basemap === "string" ? { url: basemap } : basemap;
  if (typeof address.url !== "string" || !/[./]/.test(address.url)) {
    throw new TypeError(
      `A basemap is "offline", "light", "dark", "none", "satellite", a .pmtiles file, a style (.json), or { url, attribution } ` +
        `of tiles, whose address has {z}, {x} and {y}; this is ${JSON.stringify(basemap)}.`,
    );
  }
  if (isTemplate(address.url) && !("attribution" in address && address.attribution))
    throw new TypeError("A basemap at an address of tiles needs its `attribution`: who made it has to be named.");
  return address;
}

function isBuiltIn(basemap: unknown): boolean {
  return basemap === "offline" || basemap === "light" || basemap === "dark";
}

/** The colours that a map is asked to have. */
export function themeOf({ theme, basemap }: ShowMapOptions): "light" | "dark" | undefined {
  return theme ?? (basemap === "light" ? "light" : basemap === "dark" ? "dark" : undefined);
}

const layerNames = new Set<string>([
  ...[
    "data",
    "type",
    "name",
    "colorBy",
    "color",
    "palette",
    "domain",
    "nodata",
    "radius",
    "width",
    "opacity",
    "visible",
  ],
  ...["filled", "stroked", "elevation", "elevationScale", "extruded", "weight", "fillColor", "lineColor", "tooltip"],
  ...["bounds", "longitude", "latitude", "parameters", "minZoom", "maxZoom", "vizConfig"],
]);
const optionNames = new Set<string>(
  "title bounds center zoom pitch bearing basemap satelliteUrl network swipe time theme height controls".split(" "),
);
const layerTypes = ["vector", "hex", "arc", "heatmap", "column"];

/** @throws TypeError naming what is wrong */
export function checkLayer(layer: MapLayerOptions, place = () => "A layer of fused.map"): MapLayerOptions {
  checkNames(place, layer, layerNames);
  if (layer.type !== undefined && !layerTypes.includes(layer.type)) {
    throw new TypeError(`The type of a layer is ${layerTypes.join(", ")}; there is no ${JSON.stringify(layer.type)}.`);
  }
  return layer;
}

/** @throws TypeError naming what is wrong */
export function checkOptions(options: ShowMapOptions): ShowMapOptions {
  checkNames(() => "fused.map", options, optionNames);
  return options;
}

function checkNames(place: () => string, given: object, known: Set<string>): void {
  const wrong = Object.keys(given).find((name) => !known.has(name));
  if (wrong !== undefined) {
    const nearest = nearestName(wrong, known);
    const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
    throw new TypeError(`${place()} has no option "${wrong}".${meant} There are ${[...known].join(", ")}.`);
  }
}
