import type { Feature, FeatureCollection } from "geojson";
import { displayPlace } from "../mime-bundle.ts";
import type { DisplayPlace, MimeBundle } from "../mime-bundle.ts";
import { controlSpecs } from "./control-specs.ts";
import { displayMap } from "./display-map.ts";
import { sharedDomain } from "./display-tile.ts";
import type { Layer } from "./layers.ts";
import { liveLayers } from "./live-layers.ts";
import type { LiveMap } from "./live-map.ts";
import { themeOf } from "./map-options.ts";
import type { LayerData, MapLayerOptions, ShowMapOptions } from "./map-options.ts";
import type { Basemap, ControlSpec, LayerSpec, MapSpec, MapView } from "./map-spec.ts";
import { runTiles, tilesOver, worldBounds } from "./map-tiles-picture.ts";
import { isRaster } from "./raster-value.ts";
import { tileBounds } from "./mercator.ts";
import type { Bounds } from "./mercator.ts";
import { groundName, missingGround, prepareLayers, tilesSpec } from "./prepare-layers.ts";
import type { Prepared } from "./prepare-layers.ts";
import type { ReadyDeck } from "./ready-deck.ts";
import type { TileReader } from "./sources/open-source.ts";
import type { SourceSpec } from "./sources/source-spec.ts";
import { sourceTile } from "./sources/source-tile.ts";
import { swipeSides, swipeSpec } from "./swipe-spec.ts";
import { timeSpec } from "./time-spec.ts";
import { styleOf } from "./udf-layer.ts";
import { isUdf } from "./udf-reader.ts";
import { readVizConfig } from "./viz-config.ts";

const usualHeight = 420;

/**
 * Makes the display of a map: its picture, and its live form.
 * @param isPicture false: the live form alone
 * @throws TypeError where a value is no thing of a map
 */
export async function buildMap(
  layers: MapLayerOptions[],
  options: ShowMapOptions,
  { isPicture = true }: { isPicture?: boolean } = {},
): Promise<{ bundle: MimeBundle; live?: LiveMap }> {
  const prepared = await prepareLayers(layers, options);
  const opens = options.bounds ?? boxAround(layers, prepared);
  const pictured: Layer[] = [];
  const place: DisplayPlace = {};
  const sideOf = swipeSides(
    options.swipe,
    layers.map((layer, i) => ({ id: `layer-${i}`, name: nameOf(layer) })),
  );
  for (const [i, layer] of layers.entries()) {
    const drawn = isPicture ? await picturedLayers(layer, prepared, opens ?? worldBounds, place) : [];
    pictured.push(...drawn.map((each) => ({ ...each, side: sideOf(`layer-${i}`) })));
  }
  let live: LiveMap | undefined;
  const { ground } = prepared;
  const bundle = await displayMap(isPicture ? pictured : [], {
    title: options.title,
    ...(options.center && {
      longitude: options.center[0],
      latitude: options.center[1],
      zoom: pictureZoom(options.zoom),
    }),
    bounds: opens,
    theme: themeOf(options),
    notes: prepared.notes,
    ...(ground && isPicture && { ground: (bounds: Bounds, zoom: number) => groundLayers(ground, bounds, zoom) }),
    live: async ({ bounds, notes }) => (live = await liveForm(layers, prepared, options, opens ?? bounds, notes)),
  });
  if (layers.some(({ data }) => isUdf(data))) Object.defineProperty(bundle.data, displayPlace, { value: place });
  return { bundle, live };
}

/** Zoom counts of 512-pixel tiles on pages, of 256-pixel tiles in pictures, which are 0 at least. */
function pictureZoom(zoom = 3): number {
  return Math.max(0, Math.min(24, zoom + 1));
}

function nameOf({ name, data }: MapLayerOptions): string {
  return name ?? (isUdf(data) ? data.name : "data");
}

async function picturedLayers(
  layer: MapLayerOptions,
  prepared: Prepared,
  bounds: Bounds,
  place: DisplayPlace,
): Promise<Layer[]> {
  const { data, name, parameters = {} } = layer;
  const { palette, domain, nodata } = layer;
  const style = stillStyle(layer);
  if (layer.visible === false) return [];
  if (isUdf(data)) {
    const zoom = layer.minZoom === layer.maxZoom ? layer.minZoom : undefined;
    const tiles = await runTiles(data, bounds, parameters, zoom, place);
    const look = { name: name ?? data.name, style, palette, domain: domain ?? sharedDomain(tiles, nodata), nodata };
    return tiles.map((tile): Layer => ({ type: "tile", value: undefined, ...tile, ...look }));
  }
  const tiles = prepared.tiles.get(layer);
  if (tiles) return tileLayers(layer, tiles, bounds);
  const deck = prepared.decks.get(layer);
  if (deck) return deck.still ? [{ ...deck.still, name: name ?? deck.name }] : [];
  if (isImage(data))
    return [
      { type: "raster", name, image: data, bounds: layer.bounds, opacity: layer.opacity, palette, domain, nodata },
    ];
  return [featureLayer(layer)];
}

/** Tiles from elsewhere over a box: pictures side by side, or all their features in one layer. */
async function tileLayers(
  layer: MapLayerOptions,
  { source, read }: { source: SourceSpec; read: TileReader },
  bounds: Bounds,
): Promise<Layer[]> {
  const deepest = tilesOver(bounds)[0]!.z;
  const zoom = Math.max(source.minZoom, Math.min(source.maxZoom, deepest));
  const tiles = tilesOver(bounds, zoom).slice(0, 32);
  const values = await Promise.all(tiles.map((tile) => sourceTile(read, tile)));
  const features = values.flatMap((value) => (isCollection(value) ? value.features : []));
  const images = tiles.flatMap((tile, i): Layer[] => {
    const image = values[i];
    if (!(image instanceof Uint8Array)) return [];
    return [
      { type: "raster", name: layer.name, image, bounds: tileBounds(tile), rows: "mercator", opacity: layer.opacity },
    ];
  });
  const style = { ...stillStyle(layer), stroked: false };
  if (features.length === 0) return images;
  return [...images, { type: "vector", name: layer.name, data: { type: "FeatureCollection", features }, style }];
}

function isCollection(value: unknown): value is FeatureCollection<Feature["geometry"]> {
  return typeof value === "object" && value !== null && "features" in value;
}

/** Most tiles that a picture's basemap is made of. */
const mostGround = 24;

/** The basemap of a picture; its outlines alone and a note where it does not come. */
async function groundLayers(
  { source, read }: { source: SourceSpec; read: TileReader },
  bounds: Bounds,
  zoom: number,
): Promise<{ layers: Layer[]; note?: string; attribution?: string }> {
  const { attribution } = source;
  let z = Math.round(zoom - Math.log2(source.tileSize / 256));
  z = Math.max(source.minZoom, Math.min(source.maxZoom, z));
  while (z > source.minZoom && tilesOver(bounds, z).length > mostGround) z--;
  const tiles = tilesOver(bounds, z);
  try {
    const images = await Promise.all(tiles.map((tile) => sourceTile(read, tile)));
    const layers = tiles.flatMap((tile, i): Layer[] => {
      const image = images[i];
      const rows = "mercator" as const;
      return image instanceof Uint8Array ? [{ type: "raster", image, bounds: tileBounds(tile), rows }] : [];
    });
    return { layers, attribution };
  } catch (error) {
    return { layers: [], note: missingGround((error as Error).message) };
  }
}

function featureLayer(layer: MapLayerOptions): Layer {
  const { data, name, longitude, latitude } = layer;
  const style = stillStyle(layer);
  if (longitude !== undefined || latitude !== undefined) {
    return { type: "points", name, data: data as never, style, longitude, latitude };
  }
  return { type: "vector", name, data: data as never, style };
}

/** What of a look the picture can draw too. */
function stillStyle(layer: MapLayerOptions) {
  const { colorBy, palette, domain, width, opacity, radius, fillColor, stroked } = layer;
  const plain = Array.isArray(fillColor) && fillColor.every((each) => typeof each === "number") ? fillColor : undefined;
  const color = layer.color ?? plain;
  const rule = typeof layer.fillColor === "object" && "attr" in layer.fillColor ? layer.fillColor : undefined;
  return {
    colorBy: colorBy ?? rule?.attr,
    palette,
    domain:
      domain ??
      (rule && rule.function !== "colorCategories"
        ? ([rule.domain[0]!, rule.domain.at(-1)!] as [number, number])
        : undefined),
    width,
    opacity,
    ...(typeof radius === "number" && { radius }),
    ...(stroked !== undefined && { stroked }),
    ...(color !== undefined && { color: Array.isArray(color) ? `rgb(${color.slice(0, 3).join(", ")})` : color }),
  };
}

async function liveForm(
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

/** Where a map of tiles alone opens: their own boxes, else the world. Other layers tell it themselves. */
function boxAround(layers: MapLayerOptions[], { udfs, tiles, decks }: Prepared): Bounds | undefined {
  if (layers.some((layer) => !isUdf(layer.data) && !tiles.has(layer) && !decks.has(layer))) return undefined;
  const boxes = [
    ...[...udfs.values()].map(({ bounds }) => bounds),
    ...[...tiles.values()].map(({ source }) => source.bounds),
    ...[...decks.values()].map(({ bounds }) => bounds),
  ].filter((box) => box !== undefined);
  if (boxes.length === 0) return layers.length > 0 ? worldBounds : undefined;
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}

function isImage(data: LayerData): data is Extract<LayerData, { width: number } | Uint8Array> {
  return data instanceof Uint8Array || isRaster(data) || (typeof data === "object" && data !== null && "rgba" in data);
}
