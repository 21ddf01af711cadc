import { promisify } from "node:util";
import { inflate } from "node:zlib";
import type { GeoTIFF, GeoTIFFImage } from "geotiff";
import type { ByteSource } from "./byte-source.ts";

type Numbers = Exclude<NodeJS.TypedArray, BigInt64Array | BigUint64Array>;

/** One image of a file: the raster itself, or a smaller version of it. */
export interface Level {
  width: number;
  height: number;
  tileWidth: number;
  tileHeight: number;
  /** The decoded bands of a tile, each an array of tileWidth × tileHeight numbers (less at the edges). */
  tile(column: number, row: number): Promise<DecodedTile>;
}

export interface DecodedTile {
  bands: Numbers[];
  width: number;
  height: number;
}

/** A GeoTIFF that is open. */
export interface OpenRaster {
  /** The full raster first, then its overviews, each smaller than the one before. */
  levels: Level[];
  bands: number;
  /** `EPSG:…`, or "" where the file tells none. */
  crs: string;
  /** West, south, east, north in the units of the reference system. */
  box: [number, number, number, number];
  nodata: number | undefined;
}

/** A file that is no GeoTIFF, or one that cannot be read here. */
export class RasterError extends Error {
  override name = "RasterError";
}

const inflateAsync = promisify(inflate);
/** Images of one file; a directory that leads back to itself would have no end. */
const mostLevels = 32;
/** Numbers in one tile, all bands together. */
const mostTileNumbers = 64 * 1024 * 1024;
/** Decoded tiles that are kept, over all files. */
const mostKeptBytes = 128 * 1024 * 1024;

let library: Promise<typeof import("geotiff")> | undefined;

/** The reader, with Deflate done by zlib on threads of its own: four times as fast as in JavaScript. */
function loadLibrary(): Promise<typeof import("geotiff")> {
  return (library ??= import("geotiff").then((geotiff) => {
    class NativeDeflate extends geotiff.BaseDecoder {
      override async decodeBlock(buffer: ArrayBufferLike): Promise<ArrayBufferLike> {
        const {
          buffer: made,
          byteOffset,
          length,
        } = await inflateAsync(new Uint8Array(buffer), {
          maxOutputLength: mostTileNumbers * 8,
        });
        return made.slice(byteOffset, byteOffset + length);
      }
    }
    geotiff.addDecoder([8, 32946], async () => NativeDeflate);
    return geotiff;
  }));
}

/** Reads the directories of a GeoTIFF. @throws RasterError where it is none; what the source throws */
export async function openRaster(source: ByteSource, name: string): Promise<OpenRaster> {
  const { GeoTIFF } = await loadLibrary();
  let file: GeoTIFF;
  try {
    file = await GeoTIFF.fromSource(source as never);
  } catch (error) {
    if (!/byte order|magic number|offset/i.test((error as Error).message)) throw error;
    throw new RasterError(`fused.readRaster: ${name} is no TIFF file.`);
  }
  const images = await imagesOf(file);
  const [full] = images;
  if (!full) throw new RasterError(`fused.readRaster: ${name} holds no image.`);
  return {
    levels: images.map((image) => levelOf(image, name)),
    bands: full.getSamplesPerPixel(),
    crs: crsOf(full),
    box: boxOf(full),
    nodata: full.getGDALNoData() ?? undefined,
  };
}

/** The image and its overviews, largest first; masks and other pages are left out. */
async function imagesOf(file: GeoTIFF): Promise<GeoTIFFImage[]> {
  const images: GeoTIFFImage[] = [];
  for (let i = 0; i < mostLevels; i++) {
    let image: GeoTIFFImage;
    try {
      image = await file.getImage(i);
    } catch (error) {
      if (i > 0 && (error as Error).constructor.name === "GeoTIFFImageIndexError") break;
      throw error;
    }
    const directory = image.getFileDirectory();
    const subfile = Number(directory.hasTag("NewSubfileType") ? await directory.loadValue("NewSubfileType") : 0);
    if (i === 0 || subfile === 1) images.push(image);
  }
  return images.sort((a, b) => b.getWidth() - a.getWidth());
}

function crsOf(image: GeoTIFFImage): string {
  const keys = image.getGeoKeys() ?? {};
  const code: unknown = keys.ProjectedCSTypeGeoKey ?? keys.GeographicTypeGeoKey;
  return code === undefined || code === 32767 ? "" : `EPSG:${String(code)}`;
}

/** A raster without a place lies in its own pixels. */
function boxOf(image: GeoTIFFImage): OpenRaster["box"] {
  try {
    return image.getBoundingBox() as OpenRaster["box"];
  } catch {
    return [0, 0, image.getWidth(), image.getHeight()];
  }
}

/** Decoded tiles of all files, least recently used first. */
const kept = new Map<Promise<DecodedTile>, { bytes: number; drop(): void }>();
let keptBytes = 0;

function levelOf(image: GeoTIFFImage, name: string): Level {
  const [width, height] = [image.getWidth(), image.getHeight()];
  const [tileWidth, tileHeight] = [image.getTileWidth(), image.getTileHeight()];
  const tiles = new Map<number, Promise<DecodedTile>>();
  const across = Math.ceil(width / tileWidth);
  return {
    width,
    height,
    tileWidth,
    tileHeight,
    tile(column, row) {
      const key = row * across + column;
      const known = tiles.get(key);
      if (known) {
        touch(known);
        return known;
      }
      if (tileWidth * tileHeight * image.getSamplesPerPixel() > mostTileNumbers) {
        throw new RasterError(
          `fused.readRaster: ${name} is stored in parts of ${tileWidth} × ${tileHeight} pixels, too large to read a window of. ` +
            "Make it a Cloud-Optimised GeoTIFF (gdal_translate -of COG).",
        );
      }
      const tile = decode(image, column * tileWidth, row * tileHeight);
      tiles.set(key, tile);
      const drop = () => tiles.delete(key);
      tile.then(
        ({ bands }) =>
          keep(
            tile,
            bands.reduce((sum, { byteLength }) => sum + byteLength, 0),
            drop,
          ),
        drop,
      );
      return tile;
    },
  };
}

async function decode(image: GeoTIFFImage, left: number, top: number): Promise<DecodedTile> {
  const [right, bottom] = [
    Math.min(left + image.getTileWidth(), image.getWidth()),
    Math.min(top + image.getTileHeight(), image.getHeight()),
  ];
  const read = await image.readRasters({ window: [left, top, right, bottom], interleave: false });
  return { bands: read as unknown as Numbers[], width: right - left, height: bottom - top };
}

function touch(tile: Promise<DecodedTile>): void {
  const held = kept.get(tile);
  if (!held) return;
  kept.delete(tile);
  kept.set(tile, held);
}

function keep(tile: Promise<DecodedTile>, bytes: number, drop: () => void): void {
  kept.set(tile, { bytes, drop });
  keptBytes += bytes;
  for (const [oldest, held] of kept) {
    if (keptBytes <= mostKeptBytes) return;
    kept.delete(oldest);
    keptBytes -= held.bytes;
    held.drop();
  }
}
