import { createReadStream, constants } from "node:fs";
import { open } from "node:fs/promises";
import { extname } from "node:path";
import { HttpError, notFound } from "../http/http-error.ts";
import type { ServiceRequest, ServiceResponse } from "../http/route.ts";

/** Types that clients go by. What a browser would run as a page of ours is sent as plain bytes to be saved. */
const mediaTypes: Record<string, string> = {
  ".json": "application/json",
  ".geojson": "application/geo+json",
  ".csv": "text/csv; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".parquet": "application/vnd.apache.parquet",
  ".arrow": "application/vnd.apache.arrow.file",
  ".tif": "image/tiff",
  ".tiff": "image/tiff",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".pmtiles": "application/vnd.pmtiles",
  ".zip": "application/zip",
};

/**
 * A file, or the range of it that was asked for (RFC 9110: Range with one range, If-Range, If-None-Match).
 * @throws HttpError 404, 416
 */
export async function serveFile(request: ServiceRequest, path: string): Promise<ServiceResponse> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => {
    throw notFound("such file");
  });
  const stats = await file.stat({ bigint: false });
  if (!stats.isFile()) {
    await file.close();
    throw notFound("such file");
  }
  const { size } = stats;
  const etag = `"${size.toString(36)}-${Math.round(stats.mtimeMs * 1000).toString(36)}-${stats.ino.toString(36)}"`;
  const headers: Record<string, string> = {
    "Content-Type": mediaTypes[extname(path).toLowerCase()] ?? "application/octet-stream",
    "Accept-Ranges": "bytes",
    ETag: etag,
    "Last-Modified": stats.mtime.toUTCString(),
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
  };
  if (request.headers["if-none-match"] === etag) {
    await file.close();
    return { status: 304, headers };
  }
  const range = wantedRange(request, size, etag);
  if (range === "impossible") {
    await file.close();
    throw new HttpError(416, "RangeError", `The file has ${size} bytes.`, {}, { "Content-Range": `bytes */${size}` });
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const length = end - start + 1;
  headers["Content-Length"] = String(length);
  if (range) headers["Content-Range"] = `bytes ${start}-${end}/${size}`;
  const status = range ? 206 : 200;
  if (length === 0 || request.method === "HEAD") {
    await file.close();
    return { status, headers, body: new Uint8Array(0) };
  }
  return { status, headers, body: createReadStream("", { fd: file, start, end }) };
}

type Range = { start: number; end: number } | "impossible" | undefined;

function wantedRange({ headers }: ServiceRequest, size: number, etag: string): Range {
  const { range } = headers;
  const condition = headers["if-range"];
  if (!range || (condition !== undefined && condition !== etag)) return undefined;
  // Several ranges may be answered with the whole (RFC 9110, 14.2).
  const match = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const last = Math.min(size, Number(match[2]));
    return last === 0 ? "impossible" : { start: size - last, end: size - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === "" ? size - 1 : Math.min(size - 1, Number(match[2]));
  return start >= size || start > end ? "impossible" : { start, end };
}
