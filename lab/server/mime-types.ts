import { extname } from "node:path";

const types: Record<string, string> = {
  ".arrow": "application/vnd.apache.arrow.file",
  ".css": "text/css",
  ".csv": "text/csv",
  ".geojson": "application/geo+json",
  ".gif": "image/gif",
  ".htm": "text/html",
  ".html": "text/html",
  ".ico": "image/x-icon",
  ".ipynb": "application/x-ipynb+json",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript",
  ".json": "application/json",
  ".map": "application/json",
  ".md": "text/markdown",
  ".mjs": "text/javascript",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".parquet": "application/vnd.apache.parquet",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".py": "text/x-python",
  ".svg": "image/svg+xml",
  ".tif": "image/tiff",
  ".tiff": "image/tiff",
  ".ts": "text/typescript",
  ".ttf": "font/ttf",
  ".txt": "text/plain",
  ".wasm": "application/wasm",
  ".webm": "video/webm",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".zip": "application/zip",
};

/** The mime type that a file's name tells; undefined where it tells none. */
export function mimeType(path: string): string | undefined {
  return types[extname(path).toLowerCase()];
}

/** The same as a header's value. */
export function contentType(path: string): string {
  const type = mimeType(path) ?? "application/octet-stream";
  const text = /^text\/|json$|javascript$|svg\+xml$/.test(type);
  return text ? `${type}; charset=utf-8` : type;
}
