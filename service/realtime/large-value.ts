import type { EncodedValue } from "../../engine/values/encoded-value.ts";
import { formatNamed } from "../../fused/formats/format-names.ts";

/** Text and cells beyond this take more than some hundredths of a second to write, bytes. */
const mostCells = 256 * 1024;
/** The same, of formats that take ten times as long. */
const mostSlowCells = 32 * 1024;
const slowFormats = new Set(["xlsx", "parquet"]);
/** Pixels, and bytes that are passed on: a tile of 512 × 512 pixels in colour is small. */
const mostPixels = 1280 * 1024;
/** What a value may come to that names the same buffer many times, each name taking so many bytes at least. */
const mostRepeated = 64 * 2 ** 20;
const bytesOfName = 3;
/** A table's columns may take no bytes at all, and still have any number of rows. */
const mostTableCells = 50_000;

/** Whether to decode a value and write it in one of the formats takes so long that others would notice. */
export function isLarge({ text, body, buffers, hasTables }: EncodedValue, formats: readonly string[]): boolean {
  const described = text.length + body.length;
  const beside = buffers.reduce((sum, { length }) => sum + length, 0);
  const isSlow = formats.some((name) => slowFormats.has(formatNamed(name.trim()) ?? ""));
  const cells = hasTables ? described + beside : described;
  if (cells > (isSlow ? mostSlowCells : mostCells) || beside > mostPixels) return true;
  return beside * (body.length / bytesOfName) > mostRepeated;
}

/** Whether a decoded value is a table of more cells than its bytes say. */
export function isLongTable(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { numRows, numCols } = value as { numRows?: unknown; numCols?: unknown };
  return typeof numRows === "number" && numRows * Math.max(1, Number(numCols) || 1) > mostTableCells;
}
