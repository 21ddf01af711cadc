import { COORDINATE_SYSTEM } from "@deck.gl/core";
import type { Layer } from "@deck.gl/core";
import { ContourLayer, GridLayer, HeatmapLayer, HexagonLayer, ScreenGridLayer } from "@deck.gl/aggregation-layers";
import {
  BrushingExtension,
  ClipExtension,
  CollisionFilterExtension,
  DataFilterExtension,
  PathStyleExtension,
} from "@deck.gl/extensions";
import {
  GeohashLayer,
  GreatCircleLayer,
  H3ClusterLayer,
  H3HexagonLayer,
  QuadkeyLayer,
  S2Layer,
  TripsLayer,
} from "@deck.gl/geo-layers";
import { JSONConfiguration, JSONConverter } from "@deck.gl/json";
import {
  ArcLayer,
  BitmapLayer,
  ColumnLayer,
  GeoJsonLayer,
  GridCellLayer,
  IconLayer,
  LineLayer,
  PathLayer,
  PointCloudLayer,
  PolygonLayer,
  ScatterplotLayer,
  SolidPolygonLayer,
  TextLayer,
} from "@deck.gl/layers";
import { colourFunction } from "../colour-function.ts";
import type { RowColour } from "../colour-function.ts";
import { deckConstants } from "../deck-json.ts";
import type { DeckLayerName } from "../deck-json.ts";
import type { LayerState } from "./layer-state.ts";
import type { DrawnContent } from "./read-content.ts";

type JsonContent = Extract<DrawnContent, { media: "json" }>;
/** Makes the deck.gl layer of a layer of its JSON. */
export type MakeDeckLayer = (state: LayerState, content: JsonContent) => Layer;

/** Tiles are asked for through the kernel, by layers of our own. */
const layerClasses: Record<Exclude<DeckLayerName, "TileLayer" | "MVTLayer">, unknown> = {
  ...{ ArcLayer, BitmapLayer, ColumnLayer, ContourLayer, GeoJsonLayer, GeohashLayer, GreatCircleLayer, GridCellLayer },
  ...{ GridLayer, H3ClusterLayer, H3HexagonLayer, HeatmapLayer, HexagonLayer, IconLayer, LineLayer, PathLayer },
  ...{ PointCloudLayer, PolygonLayer, QuadkeyLayer, S2Layer, ScatterplotLayer, ScreenGridLayer, SolidPolygonLayer },
  ...{ TextLayer, TripsLayer },
};
const extensions = {
  ...{ BrushingExtension, ClipExtension, CollisionFilterExtension, DataFilterExtension, PathStyleExtension },
};
type Props = Record<string, unknown>;
/** Functions of Fused's dialect, which deck.gl's JSON names by `@@function`. */
const functions = Object.fromEntries(
  ["colorContinuous", "colorCategories", "colorBins", "hasProp"].map((name) => [
    name,
    (props: Props) => colourFunction({ ...props, "@@function": name }),
  ]),
);

const made = new WeakMap<object, Props>();

/** A layer as its JSON says. Nothing is fetched by the page: addresses were looked up before. */
export const makeDeckLayer: MakeDeckLayer = (state, content) => {
  const { spec, opacity, visible, parameters } = state;
  if (spec.type !== "deck") throw new TypeError("This is no layer of deck.gl's JSON.");
  const name = String(spec.json["@@type"]) as keyof typeof layerClasses;
  let props = made.get(content);
  if (!props) made.set(content, (props = convert(spec.json, content.props)));
  const Class = layerClasses[name] as new (props: Props) => Layer;
  return new Class({
    loadOptions: { core: { fetch: ownFetch }, fetch: ownFetch },
    pickable: true,
    // deck.gl's own default is ASCII: other letters would be missing.
    ...(name === "TextLayer" && { characterSet: "auto" }),
    ...props,
    id: spec.id,
    data: content.data ?? [],
    opacity: opacity * (typeof props["opacity"] === "number" ? props["opacity"] : 1),
    visible,
    ...(parameters && { parameters: { ...(props["parameters"] as object), ...parameters } }),
  });
};

function convert(json: Props, large: Props): Props {
  const { "@@type": _, opacity, ...small } = json;
  const configuration = new JSONConfiguration({
    classes: extensions as never,
    functions,
    enumerations: { ...deckConstants, COORDINATE_SYSTEM },
  } as never);
  const converted = new JSONConverter({ configuration }).convert({ ...small, ...large }) as Props;
  const props = Object.fromEntries(Object.entries(converted).map(([name, value]) => [name, joined(value)]));
  return opacity === undefined ? props : { ...props, opacity };
}

/** A list with expressions in it is one accessor that gives a list (fused-spec.md 22.1). */
function joined(value: unknown): unknown {
  if (!Array.isArray(value) || !value.some((each) => typeof each === "function")) return value;
  const parts = value as (RowColour | number)[];
  return (row: Props) => parts.map((part) => (typeof part === "function" ? part(row) : part));
}

function ownFetch(address: string, options?: RequestInit): Promise<Response> {
  if (/^(data|blob):/.test(address)) return fetch(address, options);
  return Promise.reject(
    new Error(
      `A map's page fetches nothing from ${address}: read it in a cell, and give what is in it (as data: address).`,
    ),
  );
}
