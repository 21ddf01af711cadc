import { existsSync } from "node:fs";
import type { RasterWindow, WindowRequest } from "../engine/raster/read-window.ts";
import { resolveFileUrl } from "../engine/files/file-url.ts";
import { timedOpen } from "./files/timed-open.ts";
import { missingFileText } from "./missing-file.ts";
import { options } from "./options.ts";

/**
 * Reads a window of a GeoTIFF, of an address by HTTP ranges and from the overview that suits the size. A UDF has the same
 * as `fused.readRaster`.
 * @param source an address (https, s3, gs, fd) or a path
 * @param request area (`bounds` in degrees or `tile`), `width`, `height`, `bands`, `resampling`; default the whole raster
 * @throws TypeError for a request that makes no sense; RasterError for what is no GeoTIFF or lies in another system;
 *   Error for a path where nothing is, naming the nearest file
 */
export async function readRaster(source: string | URL, request: WindowRequest = {}): Promise<RasterWindow> {
  const { readRaster: read } = await import("../engine/raster/read-raster.ts");
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(String(source))) {
    const path = String(source);
    if (!existsSync(path)) throw new Error(`fused.readRaster: ${missingFileText(path)}`);
    return read({ kind: "file", path }, request);
  }
  const url = resolveFileUrl(String(source), options.fdPrefix);
  return read({ kind: "url", url, open: timedOpen(), scope: "cell" }, request);
}
