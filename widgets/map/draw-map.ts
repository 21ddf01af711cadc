import { createPicture } from "../picture/canvas.ts";
import type { Canvas, CanvasModule, Context } from "../picture/canvas.ts";
import { levelForZoom, loadBasemap } from "./basemap.ts";
import type { Basemap } from "./basemap.ts";
import type { Frame } from "./clip.ts";
import { drawBasemap, drawCountryNames, strokeBasemap } from "./draw-basemap.ts";
import { drawImage } from "./draw-image.ts";
import { drawTile, tabsOf } from "./draw-tile.ts";
import { drawFeatures } from "./draw-vector.ts";
import { drawAttribution, drawLocator, drawScaleBar, locatorFromZoom } from "./furniture.ts";
import { drawGraticule, labelGraticule } from "./graticule.ts";
import type { ReadyLayer } from "./layers.ts";
import { drawLegends } from "./legend.ts";
import { pixelRatio } from "./pixel-ratio.ts";
import { createPlacement } from "./placement.ts";
import { tileBounds } from "./mercator.ts";
import type { Theme } from "./theme.ts";
import { frameOfBounds, zoomOf } from "./view.ts";
import type { Legend } from "./vector-style.ts";
import type { View } from "./view.ts";

/** Country names make sense up to here; closer, they would stand alone in the picture's middle. */
const namesUpToZoom = 7;
/** Closer, the basemap's coasts are too coarse to be drawn over an image. */
const coastsUpToZoom = 10;
const mostLegends = 3;

/** Pictures that lie over the built-in basemap, and who made them. */
export interface Ground {
  images: NonNullable<ReadyLayer["image"]>[];
  attribution?: string;
}

/**
 * Draws layers over the basemap, the first at the bottom and images under all else, with scale, legend and lettering.
 */
export async function drawMap(
  canvasModule: CanvasModule,
  view: View,
  layers: ReadyLayer[],
  theme: Theme,
  ground: Ground = { images: [] },
): Promise<Canvas> {
  const zoom = zoomOf(view);
  const basemap = await loadBasemap(levelForZoom(zoom));
  const names = zoom < namesUpToZoom ? (await loadBasemap("110m")).labels : [];
  const wide = zoom >= locatorFromZoom ? await loadBasemap("110m") : undefined;
  const placement = createPlacement(view.width, view.height);

  const over = createPicture(canvasModule, view.width, view.height, pixelRatio);
  drawLegends(over.context, view, legendsOf(layers), theme, placement);
  drawScaleBar(over.context, view, theme, placement);
  drawAttribution(over.context, view, theme, placement, ground.attribution);
  if (wide) drawLocator(over.context, view, wide, theme, placement);
  const tiles = layers.flatMap(({ tile }) => tile ?? []);
  for (const tile of tiles) {
    for (const tab of tabsOf(over.context, view, tile, tiles.length === 1)) placement.reserve(tab);
  }
  labelGraticule(over.context, view, theme, placement);

  const { canvas, context } = createPicture(canvasModule, view.width, view.height, pixelRatio);
  drawBasemap(context, view, basemap, theme);
  for (const { drawable, place } of ground.images) drawImage(context, view, drawable, place, pixelRatio);
  if (ground.images.length === 0) drawGraticule(context, view, theme);
  const images = layers.flatMap(({ image }) => image ?? []);
  for (const { image, side } of layers)
    if (image) onSide(context, view, side, () => drawImage(context, view, image.drawable, image.place, pixelRatio));
  const covered = images.map(({ place }) => frameOfBounds(view, place.bounds));
  if (covered.length > 0 && zoom < coastsUpToZoom) drawCoastsOver(context, view, basemap, covered, theme);
  for (const frame of covered) placement.reserve(frame);
  if (ground.images.length === 0 && !layers.some(hasAreas)) drawCountryNames(context, view, names, theme, placement);
  const isMosaic = tiles.length > 1;
  for (const { vector, side, tile } of layers) {
    if (!vector) continue;
    const { features, indexes, colours, style } = vector;
    const box = isMosaic && tile ? tileBounds(tile) : undefined;
    onSide(context, view, side, () =>
      drawFeatures(canvasModule, context, view, features, indexes, colours, style, box),
    );
  }
  for (const tile of tiles) drawTile(context, view, tile, theme, tiles.length === 1);
  if (layers.some(({ side }) => side)) drawBar(context, view);
  context.drawImage(over.canvas, 0, 0, view.width, view.height);
  return canvas;
}

/** Draws in one half of the picture, or in the whole of it. */
function onSide(context: Context, view: View, side: "left" | "right" | undefined, draw: () => void): void {
  if (!side) return draw();
  context.save();
  context.beginPath();
  context.rect(side === "left" ? 0 : view.width / 2, 0, view.width / 2, view.height);
  context.clip();
  draw();
  context.restore();
}

/** The bar between two sides, which pages drag. */
function drawBar(context: Context, view: View): void {
  context.fillStyle = "#fff";
  context.fillRect(view.width / 2 - 1.5, 0, 3, view.height);
}

function drawCoastsOver(context: Context, view: View, basemap: Basemap, covered: Frame[], theme: Theme): void {
  context.save();
  context.beginPath();
  for (const { left, top, right, bottom } of covered) context.rect(left, top, right - left, bottom - top);
  context.clip();
  for (const { colour, width } of theme.overImage) {
    strokeBasemap(context, view, basemap, { coast: colour, border: colour, width });
  }
  context.restore();
}

/** Whether a layer fills areas, which country names would only clutter; told by its first features. */
function hasAreas({ vector }: ReadyLayer): boolean {
  if (!vector) return false;
  return vector.indexes.slice(0, 20).some((index) => vector.features.geometry(index)?.type.endsWith("Polygon"));
}

/** One legend for layers that share it, as the tiles of a mosaic do; two layers by the same property are named. */
function legendsOf(layers: ReadyLayer[]): Legend[] {
  const byMeaning = new Map<string, { legend: Legend; name?: string }>();
  for (const { legend, name } of layers) {
    if (!legend) continue;
    const domain = legend.kind === "ramp" ? ` ${legend.domain.join()}` : "";
    byMeaning.set(`${name} ${legend.title}${domain}`, { legend, name });
  }
  const all = [...byMeaning.values()];
  const named = all.map(({ legend, name }): Legend => {
    const isShared = all.some((each) => each.legend.title === legend.title && each.name !== name);
    return isShared && name !== undefined ? { ...legend, title: `${name}: ${legend.title}` } : legend;
  });
  return named.slice(0, mostLegends);
}
