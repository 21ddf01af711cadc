import { promisify } from "node:util";
import { deflate } from "node:zlib";
import type { Box } from "../tiles/index.ts";
import type { Grid } from "./grid.ts";

const compress = promisify(deflate);

/** Where a raster lies: a box in the units of a reference system. */
export interface GeoPlace {
  epsg: 4326 | 3857;
  box: Box;
}

/** A strip of so many bytes at the most, before it is compressed. */
const stripBytes = 256 * 1024;
const types = { short: 3, long: 4, double: 12, ascii: 2 } as const;

type Entry = [tag: number, type: keyof typeof types, values: number[] | string];

/**
 * A GeoTIFF (TIFF 6.0, OGC 19-008r4): little endian, Deflate, one plane a band, the element type of the data. Without a
 * place it is a plain TIFF. `nodata` is told as GDAL does.
 */
export async function encodeTiff(grid: Grid, place?: GeoPlace, nodata?: number): Promise<Uint8Array> {
  const { width, height, bands } = grid;
  const planes = planesOf(grid);
  const { bits, sampleFormat } = sampleType(planes[0]!);
  const rowsPerStrip = Math.max(1, Math.min(height, Math.floor(stripBytes / (width * (bits / 8)))));
  const strips = await Promise.all(planes.flatMap((plane) => stripsOf(plane, width, height, rowsPerStrip)));
  const isColour = (bands === 3 || bands === 4) && bits === 8;
  const extra = isColour ? bands - 3 : bands - 1;
  const entries: Entry[] = [
    [256, "long", [width]],
    [257, "long", [height]],
    [258, "short", planes.map(() => bits)],
    [259, "short", [8]],
    [262, "short", [isColour ? 2 : 1]],
    [273, "long", strips.map(() => 0)],
    [277, "short", [bands]],
    [278, "long", [rowsPerStrip]],
    [279, "long", strips.map(({ length }) => length)],
    [284, "short", [bands > 1 ? 2 : 1]],
    // Unassociated alpha for the fourth band of a picture, otherwise bands without a meaning.
    ...(extra > 0 ? [[338, "short", Array<number>(extra).fill(isColour ? 2 : 0)] as Entry] : []),
    [339, "short", planes.map(() => sampleFormat)],
    ...(place ? geoEntries(place, width, height) : []),
    ...(nodata !== undefined ? [[42113, "ascii", `${nodata}`] as Entry] : []),
  ];
  return writeFile(entries, strips);
}

/** One array a band. */
function planesOf({ data, width, height, bands, interleaved }: Grid): NodeJS.TypedArray[] {
  const numbers = Array.isArray(data)
    ? Float64Array.from(data)
    : data.constructor.name === "Float16Array"
      ? Float32Array.from(data)
      : data;
  const size = width * height;
  return Array.from({ length: bands }, (_none, band) => {
    if (!interleaved || bands === 1) return numbers.subarray(band * size, (band + 1) * size);
    const plane = new (numbers.constructor as new (length: number) => Float64Array)(size);
    for (let i = 0; i < size; i++) plane[i] = numbers[i * bands + band]!;
    return plane;
  });
}

function sampleType(plane: NodeJS.TypedArray): { bits: number; sampleFormat: number } {
  const { name } = plane.constructor;
  return { bits: plane.BYTES_PER_ELEMENT * 8, sampleFormat: /^Float/.test(name) ? 3 : /^Int/.test(name) ? 2 : 1 };
}

function stripsOf(plane: NodeJS.TypedArray, width: number, height: number, rows: number): Promise<Uint8Array>[] {
  return Array.from({ length: Math.ceil(height / rows) }, (_none, i) => {
    const strip = plane.subarray(i * rows * width, (i + 1) * rows * width);
    return compress(new Uint8Array(strip.buffer, strip.byteOffset, strip.byteLength), { level: 6 });
  });
}

/** Pixel size, the corner, and the keys that name the system; pixels are areas. */
function geoEntries({ epsg, box }: GeoPlace, width: number, height: number): Entry[] {
  const [west, south, east, north] = box;
  const [model, systemKey] = epsg === 4326 ? [2, 2048] : [1, 3072];
  return [
    [33550, "double", [(east - west) / width, (north - south) / height, 0]],
    [33922, "double", [0, 0, 0, west, north, 0]],
    [34735, "short", [1, 1, 0, 3, 1024, 0, 1, model, 1025, 0, 1, 1, systemKey, 0, 1, epsg]],
  ];
}

const sizes = { short: 2, long: 4, double: 8, ascii: 1 } as const;

/** Header, directory, the values that do not fit into it, strips. */
function writeFile(entries: Entry[], strips: Uint8Array[]): Uint8Array {
  const lengthOf = ([, type, values]: Entry) => (values.length + Number(type === "ascii")) * sizes[type];
  const isApart = (entry: Entry) => lengthOf(entry) > 4;
  const even = (length: number) => length + (length % 2);
  const directoryEnd = 8 + 2 + entries.length * 12 + 4;
  const valuesEnd = entries.filter(isApart).reduce((at, entry) => at + even(lengthOf(entry)), directoryEnd);
  let at = valuesEnd;
  const offsets = strips.map(({ length }) => (at += even(length)) - even(length));
  if (at > 0xffff_ffff) throw new RangeError("A TIFF holds 4 GiB at the most: make the raster smaller.");
  const made = new Uint8Array(at);
  const view = new DataView(made.buffer);
  made.set([0x49, 0x49, 42, 0, 8]);
  view.setUint16(8, entries.length, true);
  let apart = directoryEnd;
  entries.forEach((entry, i) => {
    const [tag, type, given] = entry;
    const values = tag === 273 ? offsets : typeof given === "string" ? [...Buffer.from(given, "latin1"), 0] : given;
    const place = 10 + i * 12;
    view.setUint16(place, tag, true);
    view.setUint16(place + 2, types[type], true);
    view.setUint32(place + 4, values.length, true);
    const target = isApart(entry) ? apart : place + 8;
    if (isApart(entry)) {
      view.setUint32(place + 8, apart, true);
      apart += even(lengthOf(entry));
    }
    values.forEach((value, n) => {
      const to = target + n * sizes[type];
      if (type === "double") view.setFloat64(to, value, true);
      else if (type === "long") view.setUint32(to, value, true);
      else if (type === "short") view.setUint16(to, value, true);
      else view.setUint8(to, value);
    });
  });
  strips.forEach((strip, i) => made.set(strip, offsets[i]!));
  return made;
}
