import { readFileSync } from "node:fs";
import { extname, isAbsolute, resolve } from "node:path";
import type { EmbedImage } from "../widgets/sanitize-html.ts";

const types: Record<string, string> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".svg": "image/svg+xml",
};

/**
 * Finds the images of a markdown cell: its attachments, and image files by a path relative to the notebook's folder.
 * @returns for an address its data URI; undefined for anything on the network or not there
 */
export function imageEmbedder(folder: string, attachments: Record<string, Record<string, unknown>> = {}): EmbedImage {
  return (address) => {
    if (/^data:image\//i.test(address)) return address;
    if (address.startsWith("attachment:")) {
      const [type, data] = Object.entries(attachments[decoded(address.slice("attachment:".length))] ?? {})[0] ?? [];
      return type?.startsWith("image/") && typeof data === "string" ? dataUri(type, data) : undefined;
    }
    if (/^[a-z][\w+.-]*:|^\/\//i.test(address)) return undefined;
    const path = decoded(address.replace(/[?#].*$/, ""));
    const type = types[extname(path).toLowerCase()];
    if (type === undefined || isAbsolute(path)) return undefined;
    try {
      return `data:${type};base64,${readFileSync(resolve(folder, path)).toString("base64")}`;
    } catch {
      return undefined;
    }
  };
}

/** An image of a mime bundle: base64 text, or the text of an SVG. */
export function dataUri(type: string, data: string): string {
  const isText = type === "image/svg+xml" && data.includes("<");
  return `data:${type};base64,${isText ? Buffer.from(data).toString("base64") : data.replace(/\s+/g, "")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
