import { statSync } from "node:fs";
import type { OpenUrl } from "../files/download.ts";
import { fileSource, urlSource, type ByteSource } from "./byte-source.ts";
import { openRaster, type OpenRaster } from "./open-raster.ts";
import { readWindow, type RasterWindow, type WindowRequest } from "./read-window.ts";

/** Where a raster is: an address with what opens it, or a file of this machine whose path was checked. */
export type RasterPlace =
  /** `scope` names what `open` may reach, so that nobody is served what somebody else was allowed to fetch. */
  { kind: "url"; url: URL; open: OpenUrl; scope: string } | { kind: "file"; path: string };

/** An address is asked anew after this time, milliseconds. */
const freshFor = 60_000;
const mostOpen = 64;

interface Opened {
  source: Promise<ByteSource>;
  raster: Promise<OpenRaster>;
  since: number;
}

const opened = new Map<string, Opened>();

/**
 * Reads a window of a GeoTIFF: of an address no more than the parts that hold it, from the overview that suits the size.
 * What was read is kept for a minute for the next window.
 * @throws RasterError, TypeError; what opening throws
 */
export async function readRaster(place: RasterPlace, request: WindowRequest): Promise<RasterWindow> {
  const name = place.kind === "url" ? place.url.href : place.path;
  const key = place.kind === "url" ? `${place.scope} ${name}` : `${name} ${fileVersion(place.path)}`;
  let found = opened.get(key);
  if (!found || (place.kind === "url" && Date.now() - found.since > freshFor)) {
    if (found) forget(key, found);
    found = start(place, name);
    opened.set(key, found);
    if (opened.size > mostOpen) forget(...opened.entries().next().value!);
  }
  try {
    return await readWindow(await found.raster, request, name);
  } catch (error) {
    // A file that changed, or a broken answer: the next one starts from the beginning.
    if (opened.get(key) === found && !(error instanceof TypeError)) forget(key, found);
    throw error;
  }
}

function start(place: RasterPlace, name: string): Opened {
  const source = place.kind === "url" ? Promise.resolve(urlSource(place.url, place.open)) : fileSource(place.path);
  const raster = source.then((each) => openRaster(each, name));
  raster.catch(() => {});
  return { source, raster, since: Date.now() };
}

function forget(key: string, { source }: Opened): void {
  opened.delete(key);
  // Windows that are being read may still need it.
  setTimeout(() => void source.then((each) => each.close()).catch(() => {}), freshFor).unref();
}

function fileVersion(path: string): string {
  const { mtimeMs, size, ino } = statSync(path);
  return `${mtimeMs} ${size} ${ino}`;
}
