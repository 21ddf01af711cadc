import { UdfSerializationError } from "../errors.ts";
import { strides, type Grid } from "./grid.ts";

/** A picture of 8 bits a channel, channels of a pixel side by side: 1 grey, 2 with alpha, 3 RGB, 4 RGBA. */
export interface Pixels {
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
  data: Uint8Array;
}

/**
 * The picture of a raster of 1 to 4 bands (fused-spec.md 3.2): bytes as they are, floats from 0 to 1, other integers
 * stretched from their least to their greatest. Floats that are no number, `nodata`, and black in RGB, are transparent.
 * @throws UdfSerializationError for more bands
 */
export function pixelsOf(grid: Grid): Pixels {
  const { width, height, bands, data, nodata } = grid;
  if (bands > 4) {
    throw new UdfSerializationError(
      `A picture has 1 to 4 bands (grey, grey and alpha, RGB, RGBA); this raster has ${bands}. tiff and npy take any number.`,
    );
  }
  const { least, scale } = stretch(data, nodata);
  const grey = bands === 1 ? greyOf(data, least, scale, nodata) : undefined;
  if (grey) return { width, height, channels: 1, data: grey };
  const isTransparent = bands === 3 ? true : bands === 1 && hasGap(data, nodata);
  const channels = (isTransparent ? bands + 1 : bands) as Pixels["channels"];
  const made = new Uint8Array(width * height * channels);
  const { pixel, band } = strides(grid);
  for (let i = 0, at = 0; at < made.length; i += pixel, at += channels) {
    let isGap = false;
    let sum = 0;
    for (let b = 0; b < bands; b++) {
      const number = data[i + b * band]!;
      const value = (number - least) * scale;
      if (value !== value || number === nodata) isGap = true;
      const level = value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
      made[at + b] = level;
      sum += level;
    }
    if (isTransparent) made[at + bands] = isGap || (bands === 3 && sum === 0) ? 0 : 255;
    else if (isGap && bands === 4) made[at + 3] = 0;
  }
  return opaqueWhereWhole({ width, height, channels, data: made }, isTransparent);
}

/** One band without gaps, the most usual picture: in one loop. Undefined where a number is none. */
function greyOf(data: Grid["data"], least: number, scale: number, nodata = NaN): Uint8Array | undefined {
  const made = new Uint8Array(data.length);
  for (let i = 0; i < made.length; i++) {
    const number = data[i]!;
    const value = (number - least) * scale;
    if (value !== value || number === nodata) return undefined;
    made[i] = value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
  }
  return made;
}

/** Pictures without a single transparent pixel need no alpha. */
function opaqueWhereWhole(pixels: Pixels, hasOwnAlpha: boolean): Pixels {
  const { width, height, channels, data } = pixels;
  if (!hasOwnAlpha) return pixels;
  for (let at = channels - 1; at < data.length; at += channels) if (data[at] !== 255) return pixels;
  const bands = (channels - 1) as Pixels["channels"];
  const made = new Uint8Array(width * height * bands);
  for (let from = 0, to = 0; to < made.length; from += channels, to += bands) {
    for (let b = 0; b < bands; b++) made[to + b] = data[from + b]!;
  }
  return { width, height, channels: bands, data: made };
}

/** What turns a value into 0 to 255. */
function stretch(data: Grid["data"], nodata: number | undefined): { least: number; scale: number } {
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return { least: 0, scale: 1 };
  if (mayHaveGaps(data)) return { least: 0, scale: 255 };
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value === nodata) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return { least, scale: greatest > least ? 255 / (greatest - least) : 0 };
}

function mayHaveGaps(data: Grid["data"]): boolean {
  return Array.isArray(data) || /^Float/.test(data.constructor.name);
}

function hasGap(data: Grid["data"], nodata: number | undefined): boolean {
  if (nodata !== undefined && (data as number[]).includes(nodata)) return true;
  if (!mayHaveGaps(data)) return false;
  for (let i = 0; i < data.length; i++) if (data[i] !== data[i]) return true;
  return false;
}

/** The same picture in RGBA. */
export function rgbaOf({ width, height, channels, data }: Pixels): Uint8ClampedArray {
  const made = new Uint8ClampedArray(width * height * 4);
  const isGrey = channels < 3;
  const hasAlpha = channels === 2 || channels === 4;
  for (let from = 0, to = 0; to < made.length; from += channels, to += 4) {
    made[to] = data[from]!;
    made[to + 1] = data[isGrey ? from : from + 1]!;
    made[to + 2] = data[isGrey ? from : from + 2]!;
    made[to + 3] = hasAlpha ? data[from + channels - 1]! : 255;
  }
  return made;
}
