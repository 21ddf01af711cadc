import type { GeoJSON } from "geojson";
import { isGeoJson } from "../geo/geojson.ts";
import { grouped } from "../html.ts";
import { isArrowTable } from "../../engine/values/geoarrow.ts";
import { imageType } from "../picture/image-type.ts";
import type { CanvasModule } from "../picture/canvas.ts";
import type { Row, TableLike } from "../table/table-source.ts";
import { drawableOf } from "./draw-image.ts";
import type { Drawable, ImagePlace } from "./draw-image.ts";
import { boundsOfFeatures, featureSet } from "./features.ts";
import type { FeatureSet, PlaceColumns } from "./features.ts";
import { edgeLatitude, tileBounds } from "./mercator.ts";
import type { Bounds, Tile } from "./mercator.ts";
import { onEarth } from "./on-earth.ts";
import { rampOf } from "./palette.ts";
import { defaultDomain, extentOf, isFloat, rasterToRgba } from "./raster.ts";
import type { RasterStyle, RgbaImage } from "./raster.ts";
import { bandCount, isPlacedRaster, isRaster } from "./raster-value.ts";
import type { Raster } from "./raster-value.ts";
import { resolveStyle } from "./vector-style.ts";
import type { Legend, ResolvedStyle, VectorStyle } from "./vector-style.ts";

/** Numbers, canvas pixels, or an encoded PNG, JPEG or WebP. */
export type ImageValue = Raster | RgbaImage | Uint8Array;

export type Layer = { side?: "left" | "right" } & AnyLayer;

type AnyLayer =
  | ({
      type: "raster";
      name?: string;
      image: ImageValue;
      bounds?: Bounds;
      opacity?: number;
      /** What the image's rows are evenly spaced in. Default `latitude`. */
      rows?: "mercator" | "latitude";
    } & RasterStyle)
  | { type: "vector"; name?: string; data: GeoJSON | TableLike; style?: VectorStyle }
  | ({ type: "points"; name?: string; data: TableLike; style?: VectorStyle } & PlaceColumns)
  | ({ type: "tile"; name?: string; value: unknown; error?: string; style?: VectorStyle } & Tile & RasterStyle);

/** A layer made ready: what is drawn, where, and what stands beside it. */
export interface ReadyLayer {
  type: Layer["type"];
  /** Of the picture's middle, where it is on one side alone. */
  side?: "left" | "right";
  name?: string;
  bounds?: Bounds;
  image?: { drawable: Drawable; place: ImagePlace };
  vector?: { features: FeatureSet; indexes: number[]; colours: ResolvedStyle; style: VectorStyle };
  tile?: Tile & { error?: string; text?: string };
  legend?: Legend;
  /** In a few words, for captions: `256 × 256 raster`, `1,703 features`. */
  summary: string;
  /** What a reader should know: that not all is drawn, that values were cut off. */
  note?: string;
  /** Of that what is true of the live map too: features that lie nowhere. */
  left?: string;
}

/** More features than this are thinned out evenly, with a note. */
const mostFeatures = 400_000;
/** A picture has hardly more pixels than this many dots cover. */
const mostPoints = 120_000;

/**
 * Makes a layer ready to draw.
 * @throws TypeError where its value cannot be put on a map, RangeError where its tile or box is not on it
 */
export async function readyLayer(canvas: CanvasModule, layer: Layer): Promise<ReadyLayer> {
  switch (layer.type) {
    case "raster":
      return rasterLayer(canvas, layer);
    case "vector":
      return vectorLayer(layer.type, layer.name, layer.data, layer.style, {});
    case "points":
      return vectorLayer(layer.type, layer.name, layer.data, layer.style, layer);
    case "tile":
      return tileLayer(canvas, layer);
    default:
      throw new TypeError(
        `A layer's type is raster, vector, points or tile; this one's is ${String((layer as Layer).type)}.`,
      );
  }
}

async function rasterLayer(canvas: CanvasModule, layer: Extract<Layer, { type: "raster" }>): Promise<ReadyLayer> {
  const bounds = layer.bounds ?? (isRaster(layer.image) ? layer.image.bounds : undefined);
  if (!bounds) throw new TypeError("A raster layer needs `bounds`: west, south, east and north in degrees.");
  checkBounds(bounds);
  const painted = await paint(canvas, layer.image, layer, layer.name);
  return {
    ...painted,
    type: "raster",
    name: layer.name,
    bounds,
    image: { drawable: painted.drawable, place: { bounds, rows: layer.rows ?? "latitude", opacity: layer.opacity } },
  };
}

async function tileLayer(canvas: CanvasModule, layer: Extract<Layer, { type: "tile" }>): Promise<ReadyLayer> {
  const { z, x, y, value, error } = layer;
  checkTile({ z, x, y });
  const bounds = tileBounds({ z, x, y });
  const ready: ReadyLayer = { type: "tile", name: layer.name, bounds, tile: { z, x, y, error }, summary: "no value" };
  if (error !== undefined) return { ...ready, summary: error };
  if (value === undefined || value === null) return ready;
  const [content, own] = isPlacedRaster(value) ? value : [value, isRaster(value) ? value.bounds : undefined];
  if (isRaster(content) || isRgba(content) || (content instanceof Uint8Array && imageType(content))) {
    const painted = await paint(canvas, content, layer, layer.name);
    const place: ImagePlace = { bounds: own ?? bounds, rows: own && !isSameBox(own, bounds) ? "latitude" : "mercator" };
    return { ...ready, ...painted, type: "tile", image: { drawable: painted.drawable, place } };
  }
  const features = await featuresIn(content, layer);
  if (isTableLike(features)) {
    const isCut = features !== content;
    const style = isCut ? { stroked: false, ...layer.style } : layer.style;
    const vector = await vectorLayer("tile", layer.name, features, style, {}).catch((reason: unknown) => {
      if (reason instanceof TypeError)
        return { note: reason.message, summary: `${rowCount(features)} rows without a place` };
      throw reason;
    });
    return { ...ready, ...vector, type: "tile", bounds };
  }
  const text = typeof content === "object" ? undefined : String(content);
  return { ...ready, tile: { z, x, y, text }, summary: text ?? "a value that is not drawn" };
}

/** The features of a vector tile's bytes; anything else as it is. */
async function featuresIn(content: unknown, tile: Tile): Promise<unknown> {
  if (!(content instanceof Uint8Array)) return content;
  const { looksLikeVectorTile, vectorTileFeatures } = await import("./sources/vector-tile.ts");
  return looksLikeVectorTile(content) ? vectorTileFeatures(content, tile) : content;
}

async function vectorLayer(
  type: Layer["type"],
  name: string | undefined,
  data: GeoJSON | TableLike,
  style: VectorStyle = {},
  places: PlaceColumns,
): Promise<ReadyLayer> {
  const features = await featureSet(data, places);
  const isPoints = features.points ?? (features.count > 0 && features.geometry(0)?.type === "Point");
  const most = isPoints ? mostPoints : mostFeatures;
  const every = Math.max(1, Math.ceil(features.count / most));
  const sampled = Array.from({ length: Math.ceil(features.count / every) }, (_, i) => i * every);
  const { indexes, note } = onEarth(features, sampled);
  const colours = resolveStyle(features, indexes, style);
  const count = grouped(features.count);
  return {
    type,
    name,
    bounds: boundsOfFeatures(features, indexes),
    vector: { features, indexes, colours, style },
    legend: colours.legend,
    summary: `${count} ${features.count === 1 ? "feature" : "features"}`,
    left: note,
    note: note ?? (every > 1 ? `One of every ${every} of the ${count} features is drawn.` : undefined),
  };
}

interface Painted {
  drawable: Drawable;
  legend?: Legend;
  summary: string;
  note?: string;
}

async function paint(canvas: CanvasModule, image: ImageValue, style: RasterStyle, name = "value"): Promise<Painted> {
  if (image instanceof Uint8Array) {
    const drawable = await canvas.loadImage(image);
    return { drawable, summary: `${drawable.width} × ${drawable.height} image` };
  }
  const summary = `${image.width} × ${image.height} raster`;
  if (isRgba(image)) return { drawable: drawableOf(canvas, image), summary };
  const drawable = drawableOf(canvas, rasterToRgba(image, style));
  if (bandCount(image) !== 1) return { drawable, summary };
  const domain = style.domain ?? defaultDomain(image, style.nodata);
  const [least, greatest] = extentOf(image.data, style.nodata ?? image.nodata);
  const isCut: [boolean, boolean] = [least < domain[0], greatest > domain[1]];
  const ramp = rampOf(style.palette ?? "gray");
  const note =
    !style.domain && isFloat(image.data) && (isCut[0] || isCut[1])
      ? `Values run from ${short(least)} to ${short(greatest)}, but floats are drawn as 0 to 1: ` +
        `give a domain, such as [${short(least)}, ${short(greatest)}] (of a magic: --domain ${short(least)},${short(greatest)}).`
      : undefined;
  return { drawable, summary, note, legend: { kind: "ramp", title: name, ramp, domain, isCut } };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function isRgba(value: unknown): value is RgbaImage {
  return typeof value === "object" && value !== null && (value as RgbaImage).rgba instanceof Uint8ClampedArray;
}

function isTableLike(value: unknown): value is TableLike {
  return isArrowTable(value) || isGeoJson(value) || (Array.isArray(value) && value.every(isRow));
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function rowCount(value: TableLike): string {
  const count = isArrowTable(value) ? value.numRows : Array.isArray(value) ? value.length : 0;
  return grouped(count);
}

function isSameBox(a: Bounds, b: Bounds): boolean {
  return a.every((value, i) => Math.abs(value - b[i]!) < 1e-6);
}

function checkBounds(bounds: Bounds): void {
  const [, south, , north] = bounds;
  if (
    bounds.length !== 4 ||
    !bounds.every(Number.isFinite) ||
    south >= north ||
    south > edgeLatitude ||
    north < -edgeLatitude
  ) {
    throw new RangeError(`The bounds ${bounds.join(", ")} are no box: west, south, east, north in degrees.`);
  }
}

function checkTile({ z, x, y }: Tile): void {
  const isIn = (value: number) => Number.isInteger(value) && value >= 0 && value < 2 ** z;
  if (!Number.isInteger(z) || z < 0 || z > 30 || !isIn(x) || !isIn(y)) {
    throw new RangeError(`There is no tile ${z}/${x}/${y}: at zoom ${z}, x and y run from 0 to ${2 ** z - 1}.`);
  }
}
