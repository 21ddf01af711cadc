import type { GeoJSON } from "geojson";
import type { TableLike } from "../table/table-source.ts";
import type { ControlRange } from "./control-specs.ts";
import type { ImageValue } from "./layers.ts";
import type { Basemap, FeatureLayerType, LayerStyle } from "./map-spec.ts";
import type { Bounds } from "./mercator.ts";
import type { MapUdfLike } from "./udf-reader.ts";
import type { VizConfig } from "./viz-config.ts";

/** What a layer can be made of: features, a table that tells places, a raster, a UDF that computes tiles. */
export type LayerData = GeoJSON | TableLike | ImageValue | MapUdfLike;

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
   * `offline` needs no network and is the default; `none`; `satellite` and an address with `{z}`, `{x}` and `{y}` are
   * fetched by the browser.
   */
  basemap?: "offline" | "none" | "satellite" | { url: string; attribution: string };
  /** Default: as the front end. */
  theme?: "light" | "dark";
  /** CSS pixels. */
  height?: number;
  /** Controls of a UDF's parameters: all, some by name, or with ends or values: `{ k: [0, 5], mode: ["a", "b"] }`. */
  controls?: boolean | string[] | Record<string, ControlRange>;
}

const satellite = {
  url: "https://server.arcgisonline.com/ArcGIS/rest/services/World_Imagery/MapServer/tile/{z}/{y}/{x}",
  attribution: "Esri, Maxar, Earthstar Geographics",
};

/** @throws TypeError for a basemap that there is not */
export function readBasemap(basemap: ShowMapOptions["basemap"] = "offline"): Basemap {
  if (basemap === "offline" || basemap === "none") return { kind: basemap };
  if (basemap === "satellite") return { kind: "raster", ...satellite };
  const { url, attribution } = typeof basemap === "object" ? basemap : { url: undefined, attribution: undefined };
  if (typeof url !== "string" || !/\{z\}/.test(url) || !/\{x\}/.test(url) || !/\{y\}/.test(url)) {
    throw new TypeError(
      'A basemap is "offline", "none", "satellite", or { url, attribution } of raster tiles, whose address has {z}, {x} and {y}.',
    );
  }
  if (!attribution)
    throw new TypeError("A basemap at an address needs its `attribution`: who made it has to be named.");
  return { kind: "raster", url, attribution };
}

export function attributionOf(basemap: Basemap): string {
  return basemap.kind === "offline" ? "Natural Earth" : basemap.kind === "raster" ? basemap.attribution : "";
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
const optionNames = new Set<string>("title bounds center zoom pitch bearing basemap theme height controls".split(" "));
const layerTypes = ["vector", "hex", "arc", "heatmap", "column"];

/** @throws TypeError naming what is wrong */
export function checkLayer(layer: MapLayerOptions): MapLayerOptions {
  checkNames("A layer of fused.map", layer, layerNames);
  if (layer.type !== undefined && !layerTypes.includes(layer.type)) {
    throw new TypeError(`The type of a layer is ${layerTypes.join(", ")}; there is no ${JSON.stringify(layer.type)}.`);
  }
  return layer;
}

/** @throws TypeError naming what is wrong */
export function checkOptions(options: ShowMapOptions): ShowMapOptions {
  checkNames("fused.map", options, optionNames);
  return options;
}

function checkNames(place: string, given: object, known: Set<string>): void {
  const wrong = Object.keys(given).find((name) => !known.has(name));
  if (wrong !== undefined) {
    throw new TypeError(`${place} has no option "${wrong}"; there are ${[...known].join(", ")}.`);
  }
}
