import type { FeatureCollection } from "geojson";
import { isArrowTable } from "../../../engine/values/geoarrow.ts";
import { isGeoJson } from "../../geo/geojson.ts";
import { imageType } from "../../picture/image-type.ts";
import { encodeRgba } from "../../picture/encode-rgba.ts";
import { encodeFeatures } from "../encode-features.ts";
import { featureSet } from "../features.ts";
import type { TileContent } from "../map-spec.ts";
import { tileBounds } from "../mercator.ts";
import type { Bounds, Tile } from "../mercator.ts";
import { numberType } from "../numbers.ts";
import { defaultDomain, extentOf, isFloat, rasterToRgba } from "../raster.ts";
import { bandCount, isPlacedRaster, isRaster } from "../raster-value.ts";
import type { Raster } from "../raster-value.ts";

/** A value as a page gets it. */
export interface EncodedContent {
  content: TileContent;
  buffers: Uint8Array[];
}

/**
 * What a UDF gave for a tile, as a page can draw it; undefined for nothing at all.
 * @param box the tile's own, to tell a raster that lies elsewhere
 * @param tile where bytes of a vector tile lie
 * @throws TypeError where it is no thing of a map
 */
export async function encodeValue(value: unknown, box?: Bounds, tile?: Tile): Promise<EncodedContent | undefined> {
  if (value === undefined || value === null) return undefined;
  const [content, own] = isPlacedRaster(value) ? value : [value, isRaster(value) ? value.bounds : undefined];
  if (isRaster(content)) return encodeRaster(content, own && box && isSameBox(own, box) ? undefined : own);
  if (content instanceof Uint8Array || content instanceof ArrayBuffer) return encodeBytes(content, tile);
  if (typeof content === "object" && (isArrowTable(content) || Array.isArray(content) || isGeoJson(content))) {
    if (Array.isArray(content) && content.length === 0) return undefined;
    const { head, buffers } = encodeFeatures(await featureSet(content as Parameters<typeof featureSet>[0]));
    return head.count === 0 ? undefined : { content: { media: "features", features: head }, buffers };
  }
  if (typeof content === "object") {
    throw new TypeError(
      "A map shows rasters, images, GeoJSON and tables that tell where their rows lie; " +
        `this is an object with ${Object.keys(content).slice(0, 8).join(", ") || "nothing in it"}.`,
    );
  }
  return { content: { media: "text", text: String(content).slice(0, 200) }, buffers: [] };
}

/** The same for a tile. */
export function encodeTile(value: unknown, tile: Tile): Promise<EncodedContent | undefined> {
  return encodeValue(value, tileBounds(tile), tile);
}

async function encodeBytes(
  value: Uint8Array | ArrayBuffer,
  tile: Tile | undefined,
): Promise<EncodedContent | undefined> {
  const bytes = value instanceof Uint8Array ? value : new Uint8Array(value);
  // No bytes are an empty vector tile.
  if (bytes.length === 0) return undefined;
  const mime = imageType(bytes);
  if (mime) return { content: { media: "image", mime }, buffers: [bytes] };
  const { looksLikeVectorTile, vectorTileFeatures } = await import("../sources/vector-tile.ts");
  if (!tile || !looksLikeVectorTile(bytes)) {
    throw new TypeError("These bytes are no image: a map shows PNG, JPEG and WebP, and of tiles vector tiles (MVT).");
  }
  return encodeCut(vectorTileFeatures(bytes, tile));
}

/** Features that were cut at a tile's edge. */
export async function encodeCut(features: FeatureCollection): Promise<EncodedContent | undefined> {
  const { head, buffers } = encodeFeatures(await featureSet(features), true);
  return head.count === 0 ? undefined : { content: { media: "features", features: { ...head, isCut: true } }, buffers };
}

/** One band goes as numbers, so that the page can colour it anew; colours go as PNG. */
async function encodeRaster(raster: Raster, bounds: Bounds | undefined): Promise<EncodedContent> {
  const { width, height } = raster;
  if (bandCount(raster) === 1) {
    const data = ArrayBuffer.isView(raster.data) ? raster.data : Float32Array.from(raster.data);
    const dtype = numberType(data);
    if (dtype) {
      const isStretched = !isFloat(raster.data) && defaultDomain(raster)[1] !== 255;
      const extent = isStretched ? extentOf(raster.data) : undefined;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return { content: { media: "numbers", dtype, width, height, bounds, extent }, buffers: [bytes] };
    }
  }
  const { rgba } = rasterToRgba(raster);
  const png = await encodeRgba(rgba, width, height);
  return { content: { media: "image", mime: "image/png", bounds }, buffers: [png] };
}

function isSameBox(a: Bounds, b: Bounds): boolean {
  return a.every((edge, i) => Math.abs(edge - b[i]!) < 1e-9 * Math.max(1, Math.abs(edge)));
}
