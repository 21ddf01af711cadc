import type { Bounds } from "./mercator.ts";

/** What a live map shows, as it is stored in a notebook and sent to pages. JSON. */
export interface MapSpec {
  version: 1;
  title?: string;
  /** CSS pixels. */
  height: number;
  /** Where it opens: a box to fit, or a place. Zoom counts as deck.gl's does: the world is 512 pixels wide at 0. */
  view: MapView;
  basemap: Basemap;
  /** `auto` follows the front end. */
  theme: "auto" | "light" | "dark";
  /** The first at the bottom. */
  layers: LayerSpec[];
  attribution: string;
  /** Controls of UDF parameters. */
  controls?: ControlSpec[];
  /** Layers on either side of a bar that is dragged: their ids. */
  swipe?: { left: string[]; right: string[] };
  time?: TimeSpec;
  /** What a reader should know. */
  notes?: string[];
  /** What the stored picture shows, in words. */
  summary?: string;
}

export interface MapView {
  bounds?: Bounds;
  longitude?: number;
  latitude?: number;
  zoom?: number;
  pitch?: number;
  bearing?: number;
}

/** `offline` needs no network: Natural Earth outlines that ship with the kernel. */
export type Basemap =
  | { kind: "offline" }
  | { kind: "none" }
  /** Pictures from elsewhere, which the kernel hands over; the outlines stand in where they do not come. */
  | { kind: "tiles"; minZoom: number; maxZoom: number; tileSize: number };

interface LayerBase {
  id: string;
  name: string;
  visible?: boolean;
  /** 0 to 1. */
  opacity?: number;
  /** Properties that the tooltip shows; false: no tooltip. Default all, eight at most. */
  tooltip?: string[] | false;
  style: LayerStyle;
}

export type LayerSpec =
  /** Tiles that a UDF computes, or that come from elsewhere; what they are decides how each is drawn. */
  | (LayerBase & {
      type: "tiles";
      udf?: string;
      source?: string;
      minZoom: number;
      maxZoom: number;
      tileSize: number;
      extent?: Bounds;
    })
  /** A layer of deck.gl's JSON; `data` names its rows and its larger properties. */
  | (LayerBase & { type: "deck"; json: Record<string, unknown>; data: string; count: number; bounds?: Bounds })
  /** Features, `data` names them. */
  | (LayerBase & { type: FeatureLayerType; data: string; count: number; bounds?: Bounds })
  /** A picture, or numbers of one band, in a box. */
  | (LayerBase & {
      type: "raster";
      data: string;
      bounds: Bounds;
      /** What equal steps from row to row are; `mercator` for tiles. */
      rows: "latitude" | "mercator";
    });

export type FeatureLayerType = "vector" | "hex" | "arc" | "heatmap" | "column";

/** How features and rasters look: the words of the static map, and those of deck.gl for what it cannot draw. */
export interface LayerStyle {
  /** Property that colours the features: numbers by a ramp, anything else by category. */
  colorBy?: string;
  /** CSS colour, or red, green, blue and alpha from 0 to 255. */
  color?: string | number[];
  /** `viridis`, `magma`, `YlGnBu`, …, backwards with `_r`; or a list of colours. */
  palette?: string | string[];
  /** Values at the ends of the palette. */
  domain?: [number, number];
  /** A raster's value that is transparent. */
  nodata?: number;
  /** Points, columns and the reach of heat: CSS pixels; of points also the name of a property that gives metres. */
  radius?: number | string;
  /** Lines, CSS pixels. */
  width?: number;
  filled?: boolean;
  stroked?: boolean;
  lineColor?: ColourRule;
  fillColor?: ColourRule;
  /** Height in metres: a number, a property's name, or an `@@=` expression; with `extruded`. */
  elevation?: number | string;
  elevationScale?: number;
  extruded?: boolean;
  /** Heat maps: the property that weighs. */
  weight?: string;
}

/** The colour functions of Fused's vizConfig (fused-spec.md 22.1), a colour, or an `@@=` expression. */
export type ColourRule =
  | string
  | number[]
  | {
      function: "colorContinuous";
      attr: string;
      domain: number[];
      steps?: number;
      colors?: string | number[][];
      nullColor?: number[];
    }
  | { function: "colorCategories"; attr: string; domain: unknown[]; colors?: string | number[][]; nullColor?: number[] }
  | { function: "colorBins"; attr: string; domain: number[]; colors?: string | number[][]; nullColor?: number[] }
  | { function: "hasProp"; property: string; present: ColourRule; absent: ColourRule };

/** A slider of time: it shows what lies in a window before where it stands, or sets a parameter. */
export interface TimeSpec {
  /** Property of features; absent with `parameter`. */
  field?: string;
  /** Parameter of a UDF. */
  parameter?: string;
  /** Times count in milliseconds since 1970. */
  isDate: boolean;
  from: number;
  to: number;
  step: number;
  /** How far back what is shown may lie; absent: all the way. */
  window?: number;
  /** All is shown until the slider is moved. */
  startsWhole?: true;
}

/** A control of one UDF parameter. */
export interface ControlSpec {
  name: string;
  kind: "slider" | "select" | "checkbox" | "date" | "text";
  label: string;
  value: unknown;
  min?: number;
  max?: number;
  step?: number;
  options?: unknown[];
}

/** A tile's answer as the kernel sends it; its buffers follow in the message. */
export interface TileAnswer {
  req: number;
  status: "ok" | "empty" | "error" | "stale";
  content?: TileContent;
  /** Number of buffers in the message that belong to it. */
  buffers: number;
  /** Milliseconds. */
  ms: { queue: number; run: number; encode: number };
  /** `memory`, `disk`, or none. */
  cache?: "memory" | "disk";
  /** Why there is no content; `trace` fetches the whole by this id. */
  error?: { id: string; message: string };
}

/** How the buffers of a tile are to be read. */
export type TileContent =
  | { media: "image"; mime: string; bounds?: Bounds }
  | NumbersContent
  | { media: "features"; features: FeaturesHead }
  /** JSON of a layer of deck.gl's dialect. */
  | { media: "json" }
  | { media: "text"; text: string };

/** One band of numbers, row by row from the north. */
export interface NumbersContent {
  media: "numbers";
  dtype: NumberType;
  width: number;
  height: number;
  /** Where it is not the tile: then rows are equal steps of latitude. */
  bounds?: Bounds;
  /** Least and greatest value of an integer raster, which is stretched between those of all tiles. */
  extent?: [number, number];
  /** Numbers that the kernel has summed up from features. */
  aggregated?: true;
}

export type NumberType = "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "float32" | "float64";

/** What the buffers of features are, in their order: positions, parts, feature numbers, then one or two for each column. */
export interface FeaturesHead {
  count: number;
  bounds?: Bounds;
  points: number;
  /** Each feature is one point, in their order: their numbers are not sent. */
  isOnePointEach?: true;
  lines: number;
  areas: number;
  /** Areas are cut at a tile's edge: outlines would show the cuts. */
  isCut?: true;
  columns: ColumnHead[];
}

export type ColumnHead =
  | { name: string; kind: "number"; dtype: NumberType }
  /** Codes into a JSON list of texts; the highest code is null. */
  | { name: string; kind: "text"; dtype: "uint8" | "uint16" | "uint32" };
