import type { VectorTile, VectorTileFeature } from "@mapbox/vector-tile";
import { loadCanvas } from "../../picture/canvas.ts";
import type { Context, Image } from "../../picture/canvas.ts";
import type { Tile } from "../mercator.ts";
import type { TileReader } from "./open-source.ts";
import type { MapStyle, SourceSpec } from "./source-spec.ts";
import { drawSymbols } from "./style-symbols.ts";
import { readStyleLayers } from "./style-layers.ts";
import type { ReadyStyleLayer, StyledFeature } from "./style-layers.ts";
import { readVectorTile } from "./vector-tile.ts";

/** Pixels of a drawn tile, which is as large as MapLibre's. */
export const styledSize = 512;

/** A tile of one of the style's sources, and the part of it that is drawn: a tile deeper than the source's is cut out. */
interface Found {
  vector?: VectorTile;
  image?: Image;
  /** The drawn tile's side goes so many times into the source's. */
  times: number;
  left: number;
  top: number;
}

/** One feature with its lines in pixels of the drawn tile. */
export interface Shape {
  feature: StyledFeature;
  lines: [x: number, y: number][][];
}

/**
 * Draws tiles as a MapLibre style says: background, fill, line, circle, raster, the text of symbols, and extrusions flat.
 * The kernel does it rather than the page: no code is fetched for it, a page without a graphics card draws as fast, the
 * notebook's picture shows the same, and no second library takes a WebGL context for each map.
 */
export function styleDrawer(
  style: MapStyle,
  sources: Record<string, SourceSpec>,
  readers: Record<string, TileReader>,
): TileReader {
  const layers = readStyleLayers(style);
  return async (tile, signal) => {
    const used = new Set(layers.flatMap(({ source }) => source ?? []));
    const names = [...used].filter((name) => readers[name]);
    const found = new Map<string, Found>();
    await Promise.all(
      names.map(async (name) => {
        const one = await findTile(sources[name]!, readers[name]!, tile, signal);
        if (one) found.set(name, one);
      }),
    );
    const canvasModule = await loadCanvas();
    const canvas = canvasModule.createCanvas(styledSize, styledSize);
    const context = canvas.getContext("2d");
    context.lineJoin = "round";
    const labels: { layer: ReadyStyleLayer; shapes: Shape[] }[] = [];
    for (const layer of layers) {
      if (tile.z < Math.floor(layer.minzoom) || tile.z >= layer.maxzoom) continue;
      if (layer.type === "background") drawBackground(context, layer, tile.z);
      const from = layer.source === undefined ? undefined : found.get(layer.source);
      if (!from) continue;
      if (layer.type === "raster" && from.image) drawRaster(context, layer, tile.z, from);
      const shapes = from.vector ? shapesOf(from.vector, layer, tile.z, from) : [];
      if (layer.type === "symbol") labels.push({ layer, shapes });
      else for (const shape of shapes) drawShape(context, layer, tile.z, shape);
    }
    drawSymbols(context, labels, tile.z);
    return canvas.encode("png");
  };
}

async function findTile(
  source: SourceSpec,
  read: TileReader,
  { z, x, y }: Tile,
  signal?: AbortSignal,
): Promise<Found | undefined> {
  // A source of 256-pixel tiles has those of this view one zoom deeper; one tile of its own zoom is enough for a ground.
  const deeper = Math.max(0, z - source.maxZoom);
  const times = 2 ** deeper;
  const asked = { z: z - deeper, x: Math.floor(x / times), y: Math.floor(y / times) };
  if (asked.z < source.minZoom) return undefined;
  const bytes = await read(asked, signal);
  if (!bytes || bytes.length === 0) return undefined;
  const place = { times, left: x - asked.x * times, top: y - asked.y * times };
  if (source.isVector) return { ...place, vector: readVectorTile(bytes) };
  return { ...place, image: await (await loadCanvas()).loadImage(bytes) };
}

function shapesOf(tile: VectorTile, layer: ReadyStyleLayer, zoom: number, { times, left, top }: Found): Shape[] {
  const from = layer.sourceLayer === undefined ? undefined : tile.layers[layer.sourceLayer];
  if (!from) return [];
  const shapes: Shape[] = [];
  for (let i = 0; i < from.length; i++) {
    const feature: VectorTileFeature = from.feature(i);
    if (!layer.shows(zoom, feature)) continue;
    const scale = (styledSize * times) / feature.extent;
    const lines = feature
      .loadGeometry()
      .map((line) =>
        line.map((at): [number, number] => [at.x * scale - left * styledSize, at.y * scale - top * styledSize]),
      );
    shapes.push({ feature, lines });
  }
  return shapes;
}

function drawBackground(context: Context, layer: ReadyStyleLayer, zoom: number): void {
  context.globalAlpha = Number(layer.value("background-opacity", zoom) ?? 1);
  context.fillStyle = String(layer.value("background-color", zoom));
  context.fillRect(0, 0, styledSize, styledSize);
  context.globalAlpha = 1;
}

function drawRaster(context: Context, layer: ReadyStyleLayer, zoom: number, { image, times, left, top }: Found): void {
  context.globalAlpha = Number(layer.value("raster-opacity", zoom) ?? 1);
  const [width, height] = [image!.width / times, image!.height / times];
  context.drawImage(image!, left * width, top * height, width, height, 0, 0, styledSize, styledSize);
  context.globalAlpha = 1;
}

function drawShape(context: Context, layer: ReadyStyleLayer, zoom: number, { feature, lines }: Shape): void {
  const number = (name: string): number => Number(layer.value(name, zoom, feature) ?? 0);
  const colour = (name: string): string => String(layer.value(name, zoom, feature) ?? "#000");
  context.save();
  switch (layer.type) {
    case "fill":
    case "fill-extrusion":
      trace(context, lines, true);
      context.globalAlpha = number(`${layer.type}-opacity`);
      context.fillStyle = colour(`${layer.type}-color`);
      context.fill("evenodd");
      if (layer.has("fill-outline-color")) {
        context.strokeStyle = colour("fill-outline-color");
        context.lineWidth = 1;
        context.stroke();
      }
      break;
    case "line": {
      const [width, gap] = [number("line-width"), number("line-gap-width")];
      if (width <= 0) break;
      trace(context, lines, false);
      context.globalAlpha = number("line-opacity");
      context.strokeStyle = colour("line-color");
      // A line on either side of a gap is drawn as one below what fills the gap.
      context.lineWidth = gap > 0 ? gap + 2 * width : width;
      context.lineCap = (layer.value("line-cap", zoom, feature) as CanvasLineCap | undefined) ?? "butt";
      const dashes = layer.value("line-dasharray", zoom, feature) as number[] | undefined;
      if (dashes) context.setLineDash(dashes.map((dash) => dash * width));
      context.stroke();
      break;
    }
    case "circle": {
      const radius = number("circle-radius");
      context.fillStyle = colour("circle-color");
      context.globalAlpha = number("circle-opacity");
      for (const [x, y] of lines.flat()) {
        context.beginPath();
        context.arc(x, y, radius, 0, 2 * Math.PI);
        context.fill();
        if (number("circle-stroke-width") <= 0) continue;
        context.strokeStyle = colour("circle-stroke-color");
        context.lineWidth = number("circle-stroke-width");
        context.stroke();
      }
    }
  }
  context.restore();
}

function trace(context: Context, lines: Shape["lines"], isArea: boolean): void {
  context.beginPath();
  for (const line of lines) {
    for (const [i, [x, y]] of line.entries()) {
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    if (isArea) context.closePath();
  }
}
