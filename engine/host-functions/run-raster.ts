import { isAbsolute, join } from "node:path";
import { resolveFileUrl } from "../files/file-url.ts";
import type { HostAccess } from "../host-access.ts";
import type { RasterPlace } from "../raster/read-raster.ts";
import type { WindowRequest } from "../raster/read-window.ts";
import type { NetworkPermission } from "../run-types.ts";
import { guardedOpen } from "./guarded-open.ts";
import { readablePath } from "./run-files.ts";

/** A raster's window on its way into an isolate: its facts as JSON, its numbers as they are. */
export interface RasterAnswer {
  detail: string;
  body: Uint8Array;
}

/**
 * Reads a window of a raster for a run: an address that its network permission reaches, or a file that it may read.
 * @throws FilePermissionError, NetworkPermissionError, RasterError, TypeError
 */
export async function readRunRaster(
  { source, request }: { source?: unknown; request?: unknown },
  access: HostAccess,
  network: NetworkPermission,
): Promise<RasterAnswer> {
  const { readRaster } = await import("../raster/read-raster.ts");
  const place = placeOf(String(source), access, network);
  const { data, nodata, ...facts } = await readRaster(place, (request ?? {}) as WindowRequest);
  const detail = { ...facts, type: data.constructor.name, ...(nodata !== undefined && { nodata: String(nodata) }) };
  return { detail: JSON.stringify(detail), body: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function placeOf(source: string, access: HostAccess, network: NetworkPermission): RasterPlace {
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(source)) {
    const url = resolveFileUrl(source, access.fdPrefix);
    const scope = JSON.stringify([network.enabled !== false, network.allowPrivate ?? []]);
    return { kind: "url", url, open: guardedOpen(network), scope };
  }
  const [folder] = access.readable ?? [];
  const path = isAbsolute(source) || !folder ? source : join(folder, source);
  return { kind: "file", path: readablePath(access, path) };
}
