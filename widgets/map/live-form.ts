import { controlSpecs } from "./control-specs.ts";
import type { Layer } from "./layers.ts";
import { liveLayers } from "./live-layers.ts";
import type { LiveMap } from "./live-map.ts";
import { themeOf } from "./map-options.ts";
import type { MapLayerOptions, ShowMapOptions } from "./map-options.ts";
import type { Basemap, ControlSpec, LayerSpec, MapSpec, MapView } from "./map-spec.ts";
import type { Bounds } from "./mercator.ts";
import { groundName, tilesSpec } from "./prepare-layers.ts";
import type { Prepared } from "./prepare-layers.ts";
import type { ReadyDeck } from "./ready-deck.ts";
import type { SourceSpec } from "./sources/source-spec.ts";
import { featureLayer, isImage, stillStyle } from "./still-layer.ts";
import { swipeSpec } from "./swipe-spec.ts";
import { timeSpec } from "./time-spec.ts";
import { styleOf } from "./udf-layer.ts";
import { isUdf } from "./udf-reader.ts";
import { readVizConfig } from "./viz-config.ts";

const usualHeight = 420;

/** The live form of a map; undefined where it can only be a picture. */
export async function liveForm(
  layers: MapLayerOptions[],
  prepared: Prepared,
  options: ShowMapOptions,
  bounds: Bounds,
  left: string[],
): Promise<LiveMap | undefined> {
  const { udfs, tiles, decks, ground } = prepared;
  // A UDF that runs elsewhere leaves the map a picture.
  if (layers.some((layer) => isUdf(layer.data) && !udfs.has(layer))) return undefined;
  const own = layers.filter((layer) => !udfs.has(layer) && !tiles.has(layer) && !decks.has(layer));
  const drawn = own.map((layer): Layer =>
    isImage(layer.data)
      ? { type: "raster", name: layer.name, image: layer.data, bounds: layer.bounds, ...stillStyle(layer) }
      : featureLayer(layer),
  );
  const made = await liveLayers(drawn, { bounds, height: options.height ?? usualHeight });
  if (!made) return undefined;
  const specs = layers.map((layer, i): LayerSpec => {
    const id = `layer-${i}`;
    const udf = udfs.get(layer);
    if (udf) return udf.spec;
    const from = tiles.get(layer);
    if (from) return styled(tilesSpec(id, layer, from), layer, id);
    const deck = decks.get(layer);
    if (deck) return styled(addDeck(made, deck, id), layer, id);
    return styled(made.spec.layers[own.indexOf(layer)]!, layer, id);
  });
  const controls = controlsOf(prepared, options);
  const time = options.time === undefined ? undefined : await timeSpec(options.time, drawn, [...udfs.values()]);
  const swipe = swipeSpec(options.swipe, specs);
  const notes = [...prepared.notes, ...left];
  const said = [ground?.source, ...[...tiles.values()].map(({ source }) => source)];
  const credits = said.flatMap((source) => source?.attribution || []);
  const spec: MapSpec = {
    ...made.spec,
    ...(options.title !== undefined && { title: options.title }),
    height: options.height ?? usualHeight,
    view: viewOf(options, bounds),
    basemap: basemapSpec(options, ground?.source),
    theme: themeOf(options) ?? "auto",
    attribution: [...new Set([...(options.basemap === "none" || ground ? [] : ["Natural Earth"]), ...credits])].join(
      " · ",
    ),
    layers: specs,
    ...(controls.length > 0 && { controls }),
    ...(swipe && { swipe }),
    ...(time && { time }),
    ...(notes.length > 0 && { notes }),
  };
  const sources = Object.fromEntries([...tiles.values()].map(({ name, source }) => [name, source]));
  const more = {
    data: made.more.data,
    udfs: Object.fromEntries([...udfs.values()].map(({ spec: { udf }, udf: how }) => [udf!, how])),
    sources: { ...sources, ...(ground && { [groundName]: ground.source }) },
  };
  return { spec, more, parts: made.parts };
}

/** Puts the rows of a layer of deck.gl's JSON to the map's data. */
function addDeck({ more, parts }: LiveMap, { json, heavy, count, bounds }: ReadyDeck, id: string): LayerSpec {
  more.data[id] = { content: { media: "json" }, first: parts.length, parts: 1 };
  parts.push(heavy);
  return { id, name: id, type: "deck", json, data: id, count, bounds, style: {} };
}

function basemapSpec({ basemap }: ShowMapOptions, source?: SourceSpec): Basemap {
  if (!source) return { kind: basemap === "none" ? "none" : "offline" };
  const { minZoom, maxZoom, tileSize } = source;
  return { kind: "tiles", minZoom, maxZoom, tileSize };
}

/** The layer as its options have it. */
function styled(spec: LayerSpec, layer: MapLayerOptions, id: string): LayerSpec {
  const viz = layer.vizConfig ? readVizConfig(layer.vizConfig) : undefined;
  const opacity = layer.opacity ?? viz?.opacity;
  return {
    ...spec,
    id,
    name: layer.name ?? (spec.type === "deck" ? String(spec.json["@@type"]) : spec.name),
    ...(spec.type !== "raster" && spec.type !== "tiles" && spec.type !== "deck" && layer.type && { type: layer.type }),
    ...(opacity !== undefined && { opacity }),
    ...(layer.visible !== undefined && { visible: layer.visible }),
    ...(layer.tooltip !== undefined && { tooltip: layer.tooltip }),
    style: { ...viz?.style, ...styleOf(layer) },
  } as LayerSpec;
}

function controlsOf({ udfs }: Prepared, { controls }: ShowMapOptions): ControlSpec[] {
  if (!controls) return [];
  const specs = new Map<string, ControlSpec>();
  for (const { udf } of udfs.values()) {
    const { parameters } = udf.source.frame.parameters;
    const values = { ...udf.source.defaults, ...udf.parameters };
    for (const each of controlSpecs(parameters, values, controls)) specs.set(each.name, each);
  }
  return [...specs.values()];
}

function viewOf({ center, zoom, pitch, bearing }: ShowMapOptions, bounds: Bounds): MapView {
  const turn = { ...(pitch !== undefined && { pitch }), ...(bearing !== undefined && { bearing }) };
  return center ? { longitude: center[0], latitude: center[1], zoom: zoom ?? 3, ...turn } : { bounds, ...turn };
}
