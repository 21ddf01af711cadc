import { createReadStream } from "node:fs";
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Folder } from "./contents/folder.ts";
import { decodePath } from "./contents/contents-routes.ts";
import { decodePart } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import { HttpError } from "./http-error.ts";
import { contentType } from "./mime-types.ts";
import type { Route } from "./routes.ts";
import type { StaticBuild } from "./static-build.ts";

/** Encodings that the build has prepared, best first. */
const encodings = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

/** /static/lab: the built front end, the same for everybody and without secrets; needs no login. */
export function staticRoutes(build: StaticBuild): Route[] {
  async function send(exchange: Exchange, path: string): Promise<void> {
    const { request, response, method } = exchange;
    const place = await openFolder(build.folder).findExisting(path);
    const found = await stat(place.path);
    if (!found.isFile()) throw new HttpError(404, `there is nothing at ${exchange.path}`);
    // Names in assets/ hold a hash of what is in the file.
    const lasting = path.startsWith("assets/");
    const etag = `"${found.size.toString(36)}-${Math.floor(found.mtimeMs).toString(36)}"`;
    const headers: Record<string, string | number> = {
      "Content-Type": contentType(path),
      "Cache-Control": lasting ? "public, max-age=31536000, immutable" : "no-cache",
      ETag: etag,
      Vary: "Accept-Encoding",
    };
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304, headers).end();
    const file = await encoded(place.path, found, String(request.headers["accept-encoding"] ?? ""));
    if (file.encoding) headers["Content-Encoding"] = file.encoding;
    response.writeHead(200, { ...headers, "Content-Length": file.size });
    if (method === "HEAD") return void response.end();
    await pipeline(createReadStream(file.path), response);
  }

  const get = (exchange: Exchange) => send(exchange, decodePath(exchange.params[0]!));
  return [
    ["GET", "/static/lab/(.+)", get],
    ["HEAD", "/static/lab/(.+)", get],
    ["GET", "/favicon.ico", (exchange) => send(exchange, "logo.svg")],
    [
      "GET",
      "/lab/api/themes/(.+)/([^/]+)",
      async (exchange) => {
        const [theme = "", file = ""] = exchange.params.map(decodePart);
        const path = Object.entries((await build.file()).themes).find(([name]) => name === theme)?.[1];
        if (path === undefined) throw new HttpError(404, `there is no theme ${theme}`);
        await send(exchange, path.replace(/[^/]*$/, file));
      },
    ],
  ];
}

function openFolder(path: string): Folder {
  try {
    return new Folder(path);
  } catch {
    throw new HttpError(503, "JupyterLab has not been built. Run: npm run build");
  }
}

async function encoded(
  path: string,
  plain: Stats,
  accepted: string,
): Promise<{ path: string; size: number; encoding?: string }> {
  for (const [encoding, ending] of encodings) {
    if (!new RegExp(`(^|[\\s,])${encoding}([\\s,;]|$)`).test(accepted)) continue;
    const found = await stat(path + ending).catch(() => undefined);
    if (found?.isFile() && found.mtimeMs >= plain.mtimeMs - 1000)
      return { path: path + ending, size: found.size, encoding };
  }
  return { path, size: plain.size };
}
