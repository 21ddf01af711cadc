import type { MimeBundle } from "../mime-bundle.ts";
import { controlSpecs } from "./control-specs.ts";
import { displayMap } from "./display-map.ts";
import { sharedDomain } from "./display-tile.ts";
import type { Layer } from "./layers.ts";
import { liveLayers } from "./live-layers.ts";
import type { LiveMap } from "./live-map.ts";
import { attributionOf, readBasemap } from "./map-options.ts";
import type { LayerData, MapLayerOptions, ShowMapOptions } from "./map-options.ts";
import type { ControlSpec, LayerSpec, MapSpec, MapView } from "./map-spec.ts";
import { runTiles, worldBounds } from "./map-tiles-picture.ts";
import { isRaster } from "./raster-value.ts";
import type { Bounds } from "./mercator.ts";
import { styleOf, udfLayer } from "./udf-layer.ts";
import type { UdfLayer } from "./udf-layer.ts";
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
  const udfs = new Map<MapLayerOptions, UdfLayer>();
  for (const [i, layer] of layers.entries()) {
    if (!isUdf(layer.data)) continue;
    const made = await udfLayer(layer.data, `layer-${i}`, layer);
    if (made) udfs.set(layer, made);
    for (const warning of made?.warnings ?? []) console.warn(warning);
  }
  const opens = options.bounds ?? boxAround(layers, udfs);
  const pictured: Layer[] = [];
  for (const layer of layers) pictured.push(...(isPicture ? await picturedLayers(layer, opens ?? worldBounds) : []));
  let live: LiveMap | undefined;
  const bundle = await displayMap(isPicture ? pictured : [], {
    title: options.title,
    bounds: opens,
    theme: options.theme,
    live: async (shown) => (live = await liveForm(layers, udfs, options, opens ?? shown.bounds)),
  });
  return { bundle, live };
}

async function picturedLayers(layer: MapLayerOptions, bounds: Bounds): Promise<Layer[]> {
  const { data, name, parameters = {} } = layer;
  const { palette, domain, nodata } = layer;
  const style = stillStyle(layer);
  if (layer.visible === false) return [];
  if (isUdf(data)) {
    const tiles = await runTiles(data, bounds, parameters, layer.minZoom === layer.maxZoom ? layer.minZoom : undefined);
    const look = { name: name ?? data.name, style, palette, domain: domain ?? sharedDomain(tiles, nodata), nodata };
    return tiles.map((tile): Layer => ({ type: "tile", value: undefined, ...tile, ...look }));
  }
  if (isImage(data))
    return [
      { type: "raster", name, image: data, bounds: layer.bounds, opacity: layer.opacity, palette, domain, nodata },
    ];
  return [featureLayer(layer)];
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
  const { colorBy, palette, domain, width, opacity, radius, color } = layer;
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
    ...(color !== undefined && { color: Array.isArray(color) ? `rgb(${color.slice(0, 3).join(", ")})` : color }),
  };
}

async function liveForm(
  layers: MapLayerOptions[],
  udfs: Map<MapLayerOptions, UdfLayer>,
  options: ShowMapOptions,
  bounds: Bounds,
): Promise<LiveMap | undefined> {
  // A UDF that runs elsewhere leaves the map a picture.
  if (layers.some((layer) => isUdf(layer.data) && !udfs.has(layer))) return undefined;
  const own = layers.filter((layer) => !udfs.has(layer));
  const drawn = own.map((layer): Layer =>
    isImage(layer.data)
      ? { type: "raster", name: layer.name, image: layer.data, bounds: layer.bounds, ...stillStyle(layer) }
      : featureLayer(layer),
  );
  const made = await liveLayers(drawn, { bounds, height: options.height ?? usualHeight });
  if (!made) return undefined;
  const specs = layers.map((layer, i): LayerSpec => {
    const tiles = udfs.get(layer);
    if (tiles) return tiles.spec;
    const spec = made.spec.layers[own.indexOf(layer)]!;
    return styled(spec, layer, `layer-${i}`);
  });
  const basemap = readBasemap(options.basemap);
  const controls = controlsOf(udfs, options);
  const spec: MapSpec = {
    ...made.spec,
    ...(options.title !== undefined && { title: options.title }),
    height: options.height ?? usualHeight,
    view: viewOf(options, bounds),
    basemap,
    theme: options.theme ?? "auto",
    attribution: attributionOf(basemap),
    layers: specs,
    ...(controls.length > 0 && { controls }),
  };
  const more = {
    data: made.more.data,
    udfs: Object.fromEntries([...udfs.values()].map(({ spec: { udf }, udf: how }) => [udf, how])),
  };
  return { spec, more, parts: made.parts };
}

/** The layer as its options have it. */
function styled(spec: LayerSpec, layer: MapLayerOptions, id: string): LayerSpec {
  const viz = layer.vizConfig ? readVizConfig(layer.vizConfig) : undefined;
  const opacity = layer.opacity ?? viz?.opacity;
  return {
    ...spec,
    id,
    name: layer.name ?? spec.name,
    ...(spec.type !== "raster" && spec.type !== "tiles" && layer.type && { type: layer.type }),
    ...(opacity !== undefined && { opacity }),
    ...(layer.visible !== undefined && { visible: layer.visible }),
    ...(layer.tooltip !== undefined && { tooltip: layer.tooltip }),
    style: { ...viz?.style, ...styleOf(layer) },
  } as LayerSpec;
}

function controlsOf(udfs: Map<MapLayerOptions, UdfLayer>, { controls }: ShowMapOptions): ControlSpec[] {
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

/** Where a map of UDFs alone opens: their own default boxes, else the world. Other layers tell it themselves. */
function boxAround(layers: MapLayerOptions[], udfs: Map<MapLayerOptions, UdfLayer>): Bounds | undefined {
  if (layers.some((layer) => !isUdf(layer.data))) return undefined;
  const boxes = [...udfs.values()].flatMap(({ bounds }) => (bounds ? [bounds] : []));
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
