import { inspect } from "node:util";
import { isArrowTable } from "../../engine/values/geoarrow.ts";
import { jupyterDisplay } from "../mime-bundle.ts";
import type { MimeBundle } from "../mime-bundle.ts";
import { widgetLink } from "../widget-link.ts";
import type { LiveMap } from "./live-map.ts";
import type { Bounds } from "./mercator.ts";
import { deckLayer, readDeckInput } from "./deck-input.ts";
import { isDeckObject } from "./deck-json.ts";
import type { DeckJson } from "./deck-json.ts";
import type { LayerData, MapLayerOptions, ShowMapOptions } from "./map-options.ts";
import { checkLayers, placeOf } from "./check-layers.ts";
import { checkLayer, checkOptions } from "./map-options.ts";
import { isTileAddress } from "./sources/tile-address.ts";
import { isUdf } from "./udf-reader.ts";

/** A feature that somebody has picked on a page. */
export interface SelectedFeature {
  /** Name of the layer's id: `layer-0` is the first. */
  layer: string;
  /** Number of the feature in the layer's data, or in its tile. */
  index: number;
  properties: Record<string, unknown>;
  tile?: { z: number; x: number; y: number };
}

/** What is selected on a page. */
export interface MapSelection {
  features: SelectedFeature[];
  /** The box that was drawn, or absent after a click. */
  bounds?: Bounds;
  /** Where was clicked. */
  coordinate?: [longitude: number, latitude: number];
}

/** What a page shows of the map now. */
export interface MapViewNow {
  longitude: number;
  latitude: number;
  zoom: number;
  pitch: number;
  bearing: number;
  bounds: Bounds;
}

interface MapEvents {
  select: MapSelection;
  view: MapViewNow;
  click: { coordinate?: [number, number] } & Partial<SelectedFeature>;
  param: Record<string, unknown>;
}

/** A map that is shown, and the hold on it: what was selected, where it looks, and where it is to look. */
export interface MapHandle {
  readonly selection: MapSelection;
  /** The box that a page shows; undefined before a page has. */
  readonly bounds: Bounds | undefined;
  readonly view: MapViewNow | undefined;
  /** Values of the controls. */
  readonly parameters: Record<string, unknown>;
  /** Calls with each new selection, view, click or value of a control. @returns ends it */
  on<Name extends keyof MapEvents>(event: Name, listener: (value: MapEvents[Name]) => void): () => void;
  /** Moves the pages' view. Duration in milliseconds, default 900. */
  flyTo(
    view: { longitude: number; latitude: number; zoom?: number; pitch?: number; bearing?: number },
    options?: { duration?: number },
  ): void;
  fitBounds(bounds: Bounds): void;
  /** Shows other layers on the pages that have the map open. */
  update(layers: MapInput, options?: ShowMapOptions): Promise<void>;
}

const events = ["select", "view", "click", "param"];

/**
 * Shows layers on a live map: GeoJSON, tables that tell where their rows lie, rasters in a box, and UDFs, which are asked
 * for each tile. A layer is such a value, or an object with the value as `data` and how it is to look.
 * What `@deck.gl/json` and pydeck write is understood too: a whole deck, or layers with their `@@type`.
 * `const map = fused.map({ data: quakes, colorBy: "mag" }); map` shows it; `map.selection` is what was picked on the page.
 * @throws TypeError where an option does not exist, or a value is no thing of a map
 */
export function map(layers: MapInput = [], options: ShowMapOptions = {}): MapHandle {
  const deck = readDeckInput(layers);
  if (deck) return shownMap(deck.layers, { ...deck.options, ...checkOptions(options) }).handle;
  const read = readLayers(layers as Exclude<MapInput, DeckJson>);
  checkLayers(read, checkOptions(options));
  return shownMap(read, options).handle;
}

/** What `fused.map` shows: one layer, several, or a whole deck in deck.gl's JSON. */
export type MapInput = LayerData | MapLayerOptions | (LayerData | MapLayerOptions)[] | DeckJson;

/** The same, of layers that have been read, with the way to show it. */
export function shownMap(
  layers: MapLayerOptions[],
  options: ShowMapOptions,
): { handle: MapHandle; show(): Promise<MimeBundle> } {
  const listeners = new Map<string, Set<(value: never) => void>>();
  let selection: MapSelection = { features: [] };
  let view: MapViewNow | undefined;
  const parameters: Record<string, unknown> = {};
  let shown: Promise<MimeBundle & { id?: string }> | undefined;
  let id: string | undefined;

  const tell = (event: keyof MapEvents, value: unknown): void => {
    for (const listener of listeners.get(event) ?? []) listener(value as never);
  };
  const receive = (kind: string, fields: Record<string, unknown>): void => {
    if (kind === "select") {
      selection = fields as unknown as MapSelection;
      tell("select", selection);
    } else if (kind === "view") {
      view = fields as unknown as MapViewNow;
      tell("view", view);
    } else if (kind === "param") {
      Object.assign(parameters, fields["values"]);
      tell("param", { ...parameters });
    } else if (kind === "event") tell("click", fields);
  };
  const open = async (): Promise<MimeBundle & { id?: string }> => {
    const { buildMap } = await import("./build-map.ts");
    const { bundle, live } = await buildMap(layers, options);
    for (const control of live?.spec.controls ?? []) parameters[control.name] ??= control.value;
    id = (bundle as { id?: string }).id;
    if (id !== undefined) widgetLink()?.listen(id, receive);
    return bundle;
  };
  const send = (kind: string, fields: Record<string, unknown>, buffers?: Uint8Array[]): void => {
    if (id !== undefined) widgetLink()?.send(id, kind, fields, buffers);
  };
  const handle: MapHandle = {
    get selection() {
      return selection;
    },
    get bounds() {
      return view?.bounds;
    },
    get view() {
      return view;
    },
    get parameters() {
      return { ...parameters };
    },
    on(event, listener) {
      if (!events.includes(event)) {
        throw new TypeError(`A map has the events ${events.join(", ")}; there is no ${inspect(event)}.`);
      }
      const those = listeners.get(event) ?? new Set();
      listeners.set(event, those.add(listener));
      return () => void those.delete(listener);
    },
    flyTo: (to, { duration } = {}) => send("command", { name: "flyTo", view: to, duration }),
    fitBounds: (bounds) => send("command", { name: "fitBounds", bounds }),
    async update(next, nextOptions = options) {
      const read = readDeckInput(next)?.layers ?? readLayers(next as Exclude<MapInput, DeckJson>);
      checkLayers(read, checkOptions(nextOptions));
      layers = read;
      options = nextOptions;
      if (id === undefined) return void (shown = undefined);
      const { buildMap } = await import("./build-map.ts");
      const { live } = await buildMap(layers, options, { isPicture: false });
      if (live) sendLive(live);
    },
  };
  const sendLive = ({ spec, more, parts }: LiveMap): void => send("set", { spec, more }, parts);
  const show = (): Promise<MimeBundle> => (shown ??= open());
  Object.defineProperty(handle, jupyterDisplay, { value: async () => (await show()).data });
  return { handle, show };
}

function readLayers(given: LayerData | MapLayerOptions | (LayerData | MapLayerOptions)[]): MapLayerOptions[] {
  const isList = Array.isArray(given) && (given.length === 0 || given.some(isLayer));
  const list = isList ? (given as (LayerData | MapLayerOptions)[]) : [given];
  return list.map((each, i) => {
    if (isDeckObject(each)) return deckLayer(each);
    if (!isOptions(each)) return { data: each as LayerData };
    const layer = checkLayer(each, () => placeOf(list as { name?: unknown }[], i));
    return isDeckObject(layer.data) ? { ...deckLayer(layer.data), ...layer, data: deckLayer(layer.data).data } : layer;
  });
}

/** Whether a member of a list is a layer of its own; rows of a table and Features are not. */
function isLayer(value: unknown): boolean {
  if (isUdf(value) || isDeckObject(value) || isTileAddress(value) || isOptions(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  const { type, width, height, schema } = value as Record<string, unknown>;
  const isCollection = type === "FeatureCollection";
  return (
    isCollection ||
    (typeof width === "number" && typeof height === "number") ||
    (schema !== undefined && "batches" in value)
  );
}

/** A raster has `data` too, but also a width and a height; an Arrow table has it as well. */
function isOptions(value: unknown): value is MapLayerOptions {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !("data" in value)) return false;
  if (isDeckObject(value) || isArrowTable(value)) return false;
  const { data, width, height } = value as { data: unknown; width?: unknown; height?: unknown };
  return !(ArrayBuffer.isView(data) && typeof width === "number" && typeof height === "number");
}
