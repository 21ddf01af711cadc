import { createRequire } from "node:module";
import type { Geometry } from "geojson";
import { isGeometry } from "../geojson.ts";
import { plainJson } from "./json.ts";
import { viewTable } from "./table-view.ts";

type Writer = { geojsonToWKT(geometry: Geometry): string };
let writer: Writer | undefined;

/**
 * CSV (RFC 4180, with plain line feeds and a header). Nothing is null and "" the empty text; geometries are WKT, lists and
 * objects JSON, bytes base64, dates ISO 8601, 64-bit integers all their digits.
 */
export async function encodeCsv(value: unknown): Promise<string> {
  const { names, rowCount, cell } = await viewTable(value);
  const lines = [names.map(quoted).join(",")];
  for (let row = 0; row < rowCount; row++)
    lines.push(names.map((_name, column) => cellText(cell(column, row))).join(","));
  return `${lines.join("\n")}\n`;
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  if (isGeometry(value)) {
    writer ??= createRequire(import.meta.url)("@terraformer/wkt") as Writer;
    return quoted(writer.geojsonToWKT(value));
  }
  const json = plainJson(value);
  return quoted(typeof json === "string" ? json : JSON.stringify(json));
}

function quoted(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
