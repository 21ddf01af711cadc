import { channels } from "./css-colour.ts";
import { rampOf } from "./palette.ts";
import { bandCount } from "./raster-value.ts";
import type { Raster, RasterData } from "./raster-value.ts";

export interface RasterStyle {
  /** Colour ramp of a single band (see palette.ts). Default `gray`. */
  palette?: string | string[];
  /** The values that stand at the ends of the ramp, or of each channel's brightness. */
  domain?: [number, number];
  /** This value is transparent, as NaN always is. */
  nodata?: number;
}

/** Pixels for a canvas: four bytes each, alpha not premultiplied. */
export interface RgbaImage {
  rgba: Uint8ClampedArray;
  width: number;
  height: number;
}

/**
 * Turns a raster into pixels by the rules of fused-spec.md 3.2: bands first, 1, 3 or 4 of them; floats are taken as 0
 * to 1, bytes as they are, other integers stretched from their least to their greatest value. A `domain` overrules
 * that. NaN and `nodata` are transparent, and in an RGB image without alpha pure black is.
 * @throws TypeError where the length of `data` does not fit the width, the height and the bands
 */
export function rasterToRgba(raster: Raster, style: RasterStyle = {}): RgbaImage {
  const { data, width, height } = raster;
  const bands = bandCount(raster);
  const nodata = style.nodata ?? raster.nodata;
  const [least, greatest] = style.domain ?? defaultDomain(raster, nodata);
  const scale = greatest === least ? 0 : 255 / (greatest - least);
  const rgba = new Uint8ClampedArray(4 * width * height);
  if (bands === 1) paintValues(rgba, data, { ...style, nodata }, least, scale);
  else paintColours(rgba, raster, bands, nodata, least, scale);
  return { rgba, width, height };
}

/** The values that a raster's darkest and brightest colours stand for, when nobody says. */
export function defaultDomain({ data, nodata: own }: Raster, nodata = own): [number, number] {
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return [0, 255];
  return isFloat(data) ? [0, 1] : extentOf(data, nodata);
}

/**
 * Where floats do not keep to 0 to 1, as heights do not: their least and greatest value. For a raster that is shown by
 * itself; a tile has neighbours, and would not go with them.
 */
export function ownDomain({ data, nodata }: Raster): [number, number] | undefined {
  if (!isFloat(data)) return undefined;
  const [least, greatest] = extentOf(data, nodata);
  return least < 0 || greatest > 1 ? [least, greatest] : undefined;
}

/** Whether the numbers are fractions by their type: a float array, or a plain one. */
export function isFloat(data: RasterData): boolean {
  return Array.isArray(data) || Object.prototype.toString.call(data).startsWith("[object Float");
}

/** The least and the greatest value, without NaN, infinities and `nodata`; [0, 1] where there is none. */
export function extentOf(data: RasterData, nodata?: number): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value === nodata || !Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return least > greatest ? [0, 1] : [least, greatest];
}

function paintValues(
  rgba: Uint8ClampedArray,
  data: RasterData,
  { palette = "gray", nodata }: RasterStyle,
  least: number,
  scale: number,
): void {
  const ramp = rampOf(palette);
  const table = Array.from({ length: 256 }, (_, i) => channels(ramp(i / 255)));
  for (let i = 0, at = 0; i < data.length; i++, at += 4) {
    const value = data[i]!;
    if (value === nodata || Number.isNaN(value)) continue;
    const level = Math.round((value - least) * scale);
    const colour = table[level < 0 ? 0 : level > 255 ? 255 : level]!;
    rgba[at] = colour[0];
    rgba[at + 1] = colour[1];
    rgba[at + 2] = colour[2];
    rgba[at + 3] = 255;
  }
}

function paintColours(
  rgba: Uint8ClampedArray,
  { data, width, height, interleaved = data instanceof Uint8ClampedArray }: Raster,
  bands: 3 | 4,
  nodata: number | undefined,
  least: number,
  scale: number,
): void {
  const [pixelStep, bandStep] = interleaved ? [bands, 1] : [1, width * height];
  for (let i = 0, at = 0; at < rgba.length; i += pixelStep, at += 4) {
    const [red, green, blue] = [data[i]!, data[i + bandStep]!, data[i + 2 * bandStep]!];
    if (Number.isNaN(red + green + blue) || (red === nodata && green === nodata && blue === nodata)) continue;
    rgba[at] = (red - least) * scale;
    rgba[at + 1] = (green - least) * scale;
    rgba[at + 2] = (blue - least) * scale;
    if (bands === 4) rgba[at + 3] = (data[i + 3 * bandStep]! - least) * scale;
    else rgba[at + 3] = rgba[at]! + rgba[at + 1]! + rgba[at + 2]! === 0 ? 0 : 255;
  }
}
