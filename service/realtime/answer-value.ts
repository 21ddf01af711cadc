import { createHash } from "node:crypto";
import { encode, familyOf, FormatError, type Encoded } from "../../fused/formats/index.ts";
import { formatNamed } from "../../fused/formats/format-names.ts";
import { FusedError } from "../../fused/errors.ts";
import { logText } from "../../fused/run-logs.ts";
import type { LogLine, RunTimes } from "../../engine/run-types.ts";
import type { Tile } from "../../fused/tiles/index.ts";
import { HttpError } from "../http/http-error.ts";
import { emptyPicture } from "./error-tile.ts";
import { wantsPicture } from "./read-query.ts";
import type { KeptAnswer } from "./result-cache.ts";

/** Bytes of the metadata header at most: servers in front take 8 KiB a line. */
const mostMetadata = 8 * 1024;

/** A value to be written, and what came with it. */
export interface ValueAsked {
  value: unknown;
  logs: LogLine[];
  times: RunTimes;
  formats: readonly string[];
  tile: Pick<Tile, "x" | "y" | "z"> | undefined;
}

/**
 * Writes a run's value (fused-spec.md 18.3).
 * @throws HttpError 422 for a format that does not fit, or has no room for so many rows
 */
export async function answerValue({ value, logs, times, formats, tile }: ValueAsked): Promise<KeptAnswer> {
  const stdout = logText(logs, "stdout");
  const stderr = logText(logs, "stderr");
  const ms = round(times.queue + times.prepare + times.run + times.encode);
  const metadata = metadataHeader({ ms, times, stdout, stderr });
  if (tile && isEmpty(value)) {
    if (!wantsPicture(formats)) return answer(204, undefined, { "X-Fused-Metadata": metadata });
    return answer(200, emptyPicture(), { "Content-Type": "image/png", "X-Fused-Metadata": metadata });
  }
  let encoded: Encoded;
  try {
    if (!tile && formats.length === 1 && formatNamed(formats[0]!.trim()) === "mvt" && familyOf(value) === "table") {
      const message =
        "mvt is a format of map tiles: ask for …/run/tiles/{z}/{x}/{y}.mvt, or here for geojson or parquet.";
      throw new FormatError(message, ["geojson", "parquet"]);
    }
    encoded = await encode(value, formats, tile && { tile });
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof FormatError) {
      const isDrawn = tile && wantsPicture(formats) && familyOf(value) === "table";
      const next = isDrawn ? " Features are drawn by the map: ask for the tile as .mvt or .geojson." : "";
      throw new HttpError(422, "FormatError", message + next, { formats: error.formats, stdout, stderr });
    }
    if (error instanceof FusedError) throw new HttpError(422, name, message, { stdout, stderr });
    throw error;
  }
  return answer(encoded.status ?? 200, encoded.bytes, {
    ...(encoded.family === "response" ? passedHeaders(encoded.headers ?? []) : {}),
    "Content-Type": encoded.mediaType,
    ...isolation,
    "X-Fused-Metadata": metadata,
  });
}

/**
 * What a UDF has made is nobody of this address: a page of it runs, apart from everything. Whatever its type says: browsers make
 * pages of more types than one would list (text/xsl, parts of multipart/x-mixed-replace).
 */
const isolation = { "Content-Security-Policy": "sandbox allow-scripts allow-popups allow-forms allow-downloads" };

/**
 * Of a Response's headers those that are about its body, and the author's own. Not those by which browsers keep apart from us
 * what a UDF has made, nor those that servers in front take for orders (nginx's X-Accel-Redirect, X-Sendfile).
 */
function passedHeaders(headers: [string, string][]): Record<string, string> {
  const passed = /^(content-disposition|content-language|content-encoding|cache-control|last-modified|location|x-.+)$/i;
  const ours = /^x-(fused-|content-type-options$|frame-options$|accel-|sendfile|lighttpd-|reproxy-|forwarded-)/i;
  return Object.fromEntries(headers.filter(([name]) => passed.test(name) && !ours.test(name)));
}

function answer(status: number, bytes: Uint8Array | undefined, headers: Record<string, string>): KeptAnswer {
  const hash = createHash("sha256")
    .update(headers["Content-Type"] ?? "")
    .update(bytes ?? "");
  return { status, bytes, headers, made: Date.now(), etag: `"${hash.digest("base64url").slice(0, 27)}"` };
}

/** Facts of a run for a header: JSON as base64url, its texts cut until it fits. */
function metadataHeader(facts: { ms: number; times: object; stdout: string; stderr: string }): string {
  let most = 4000;
  for (;;) {
    const cut = (text: string) => (text.length > most ? `…${text.slice(-most)}` : text);
    const json = JSON.stringify({ ...facts, stdout: cut(facts.stdout), stderr: cut(facts.stderr), exception: null });
    const encoded = Buffer.from(json).toString("base64url");
    if (encoded.length <= mostMetadata || most === 0) return encoded;
    most = Math.floor(most / 2);
  }
}

/** Nothing to draw: no value, a table without rows. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return value.length === 0;
  const { features, numRows } = value as { features?: unknown; numRows?: unknown };
  if (Array.isArray(features)) return features.length === 0;
  return numRows === 0 && familyOf(value) === "table";
}

const round = (ms: number) => Math.round(ms * 100) / 100;
