import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Exchange } from "../exchange.ts";
import { HttpError } from "../http-error.ts";
import { contentType } from "../mime-types.ts";
import type { Route } from "../routes.ts";
import { decodePath } from "./contents-routes.ts";
import type { Folder } from "./folder.ts";

/** /files/…: a file as it is, for downloads, pictures, PDFs and HTML viewers. */
export function filesRoutes(folder: Folder): Route[] {
  async function get({ params, query, response, request, method }: Exchange): Promise<void> {
    const place = await folder.findExisting(decodePath(params[0] ?? ""));
    const found = await stat(place.path);
    if (!found.isFile()) throw new HttpError(404, `${place.apiPath} is not a file`);
    const range = rangeOf(request.headers.range, found.size);
    const headers: Record<string, string | number> = {
      "Content-Type": contentType(place.name),
      "Content-Length": range ? range.end - range.start + 1 : found.size,
      "Accept-Ranges": "bytes",
      "Cache-Control": "no-cache",
      "Last-Modified": found.mtime.toUTCString(),
      // A page among the notebooks must not act as this lab: it gets an origin of its own.
      "Content-Security-Policy": "sandbox allow-scripts; frame-ancestors 'self'",
    };
    if (query.has("download")) {
      headers["Content-Disposition"] = `attachment; filename*=UTF-8''${encodeURIComponent(place.name)}`;
    }
    if (range) headers["Content-Range"] = `bytes ${range.start}-${range.end}/${found.size}`;
    response.writeHead(range ? 206 : 200, headers);
    if (method === "HEAD") return void response.end();
    await pipeline(createReadStream(place.path, range), response);
  }
  return [
    ["GET", "/files/(.*)", get],
    ["HEAD", "/files/(.*)", get],
  ];
}

function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end) throw new HttpError(416, "that range is not in the file");
  return { start, end };
}
