import { displayPlace } from "../mime-bundle.ts";
import type { DisplayPlace, MimeBundle } from "../mime-bundle.ts";
import { boundsAround } from "./bounds-around.ts";
import { displayMap } from "./display-map.ts";
import type { Layer } from "./layers.ts";
import { liveForm } from "./live-form.ts";
import type { LiveMap } from "./live-map.ts";
import { themeOf } from "./map-options.ts";
import type { MapLayerOptions, ShowMapOptions } from "./map-options.ts";
import { worldBounds } from "./map-tiles-picture.ts";
import type { Bounds } from "./mercator.ts";
import { groundLayers, picturedLayers } from "./pictured-layers.ts";
import { prepareLayers } from "./prepare-layers.ts";
import type { Prepared } from "./prepare-layers.ts";
import { swipeSides } from "./swipe-spec.ts";
import { isUdf } from "./udf-reader.ts";

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

/** Where a map of tiles alone opens: their own boxes, else the world. Other layers tell it themselves. */
function boxAround(layers: MapLayerOptions[], { udfs, tiles, decks }: Prepared): Bounds | undefined {
  if (layers.some((layer) => !isUdf(layer.data) && !tiles.has(layer) && !decks.has(layer))) return undefined;
  const boxes = [
    ...[...udfs.values()].map(({ bounds }) => bounds),
    ...[...tiles.values()].map(({ source }) => source.bounds),
    ...[...decks.values()].map(({ bounds }) => bounds),
  ].filter((box) => box !== undefined);
  if (boxes.length === 0) return layers.length > 0 ? worldBounds : undefined;
  return boundsAround(boxes);
}
