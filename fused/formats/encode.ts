import { FusedError } from "../errors.ts";
import { options as fusedOptions } from "../options.ts";
import { bounds as tileBounds, xyBounds, type Box } from "../tiles/index.ts";
import { readTile } from "../tiles/tile.ts";
import { asTable } from "./arrow-table.ts";
import { familyOf, ownForm } from "./family-of.ts";
import { FormatError } from "./format-error.ts";
import { formatNamed, formats, formatsFor, insteadOf, type Family, type FormatName } from "./format-names.ts";
import { gridOf, type Grid } from "./grid.ts";
import type { GeoPlace } from "./tiff.ts";

export interface EncodeOptions {
  /** The tile the value is of: mvt needs it, a raster without bounds lies there. */
  tile?: { x: number; y: number; z: number };
  /** Of jpeg and webp, 1 to 100. Default 85. */
  quality?: number;
  /** The value that means "nothing here", written into a GeoTIFF. */
  nodata?: number;
}

/** A value as a file's bytes. */
export interface Encoded {
  bytes: Uint8Array;
  mediaType: string;
  /** `response` where the value is a Response and has a format of its own. */
  format: FormatName | "response";
  family: Family;
  /** HTTP status and headers, of a Response only. */
  status?: number;
  headers?: [string, string][];
}

/**
 * Writes a value in a format (fused-spec.md 3). Of several formats, a list or names with commas, the first that fits the
 * value is taken; without one, html for text, json for simple values, and the options `defaultDtypeOutVector` and
 * `defaultDtypeOutRaster` for tables and rasters. Bytes and Responses are passed on as they are.
 * @throws FormatError where no format fits, with a list of those that do; UdfSerializationError for what is no data
 */
export async function encode(
  value: unknown,
  format?: string | readonly string[],
  options: EncodeOptions = {},
): Promise<Encoded> {
  const given = ownForm(value);
  const family = familyOf(given);
  if (given instanceof Response) return passOn(given);
  const name = chooseFormat(family, format);
  const bytes = await encodeAs(name, given, family, options);
  return { bytes, mediaType: mediaTypeOf(name, given), format: name, family };
}

/**
 * The format to write a family in.
 * @throws FormatError
 */
export function chooseFormat(family: Family, asked?: string | readonly string[]): FormatName {
  const fitting = formatsFor(family);
  const names = (typeof asked === "string" ? asked.split(",") : (asked ?? []))
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.length === 0) return usualFormat(family);
  const known = names.map((name) => {
    const found = formatNamed(name);
    if (found) return found;
    const instead = insteadOf(name);
    throw new FormatError(
      instead
        ? `This version of fused-kernel does not write ${name}. Use ${instead}.`
        : `There is no format ${JSON.stringify(name)}. Formats are ${Object.keys(formats).join(", ")}.`,
      fitting,
    );
  });
  const fits = known.find((name) => fitting.includes(name));
  if (fits) return fits;
  throw new FormatError(
    `${known.join(" or ")} does not fit ${familyNames[family]}. What fits: ${fitting.join(", ")}.`,
    fitting,
  );
}

const familyNames: Record<Family, string> = {
  table: "a table",
  raster: "a raster",
  bytes: "bytes",
  text: "text",
  simple: "a simple value",
  dict: "an object",
  response: "a Response",
};

function usualFormat(family: Family): FormatName {
  if (family === "table") return fusedOptions.defaultDtypeOutVector as FormatName;
  if (family === "raster") return fusedOptions.defaultDtypeOutRaster as FormatName;
  return family === "text" ? "html" : family === "bytes" ? "bytes" : "json";
}

function mediaTypeOf(name: FormatName, value: unknown): string {
  return name === "bytes" && value instanceof Blob && value.type ? value.type : formats[name].mediaType;
}

async function encodeAs(name: FormatName, value: unknown, family: Family, options: EncodeOptions): Promise<Uint8Array> {
  if (family === "bytes") return bytesOf(value);
  switch (name) {
    case "json":
      return textBytes(await (await import("./json.ts")).encodeJson(value));
    case "geojson":
      return textBytes(await (await import("./feature-collection.ts")).encodeGeoJson(value));
    case "csv":
      return textBytes(await (await import("./csv.ts")).encodeCsv(value));
    case "xml":
      return textBytes(await (await import("./xml.ts")).encodeXml(value));
    case "xlsx":
      return (await import("./xlsx.ts")).encodeXlsx(value);
    case "html":
      return textBytes(await (await import("./html.ts")).encodeHtml(value));
    case "mvt":
      return (await import("./mvt.ts")).encodeMvt(value, options.tile);
    case "parquet":
      return (await import("./parquet.ts")).encodeParquet(value);
    case "arrow":
    case "feather": {
      const { tableToIPC } = await import("apache-arrow");
      return tableToIPC(await asTable(value), name === "arrow" ? "stream" : "file");
    }
    default:
      return encodeRaster(name, gridOf(value), options);
  }
}

async function encodeRaster(name: FormatName, own: Grid, options: EncodeOptions): Promise<Uint8Array> {
  const grid = options.nodata === undefined ? own : { ...own, nodata: options.nodata };
  if (name === "npy") return (await import("./npy.ts")).encodeNpy(grid);
  if (name === "tiff") return (await import("./tiff.ts")).encodeTiff(grid, placeOf(grid, options), grid.nodata);
  const { pixelsOf } = await import("./pixels.ts");
  if (name === "png") return (await import("./png.ts")).encodePng(pixelsOf(grid));
  return (await import("./photo.ts")).encodePhoto(pixelsOf(grid), name as "jpeg" | "webp", options.quality);
}

/** The raster's own bounds, else those of the tile: in web mercator, where its pixels are evenly spaced. */
function placeOf({ bounds }: Grid, { tile }: EncodeOptions): GeoPlace | undefined {
  if (!tile) return bounds && { epsg: 4326, box: bounds };
  const read = readTile([tile.x, tile.y, tile.z]);
  if (bounds && !isSameBox(bounds, tileBounds(read))) return { epsg: 4326, box: bounds };
  return { epsg: 3857, box: [...xyBounds(read)] as Box };
}

function isSameBox(a: Box, b: Iterable<number>): boolean {
  return [...b].every((edge, i) => Math.abs(edge - a[i]!) < 1e-9);
}

async function bytesOf(value: unknown): Promise<Uint8Array> {
  if (value instanceof Blob) return new Uint8Array(await value.arrayBuffer());
  return value instanceof ArrayBuffer ? new Uint8Array(value) : (value as Uint8Array);
}

async function passOn(response: Response): Promise<Encoded> {
  if (response.bodyUsed) throw new FusedError("The Response has been read already: return one that is whole.");
  return {
    bytes: new Uint8Array(await response.arrayBuffer()),
    mediaType: response.headers.get("content-type") ?? formats.bytes.mediaType,
    format: "response",
    family: "response",
    status: response.status,
    headers: [...response.headers],
  };
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
