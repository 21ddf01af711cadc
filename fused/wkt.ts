import { createRequire } from "node:module";
import type { Geometry } from "geojson";
import { BadValue } from "./bad-value.ts";
import { positionAt } from "./source/code-frame.ts";

type Parser = { wktToGeoJSON(text: string): Geometry & { properties?: unknown } };
let parser: Parser | undefined;

/** Whether a text looks like WKT rather than JSON. */
export function isWkt(text: string): boolean {
  return /^\s*(SRID\s*=\s*\d+\s*;\s*)?(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\b/i.test(text);
}

/**
 * Reads a geometry in well-known text; an `SRID=…;` before it is passed over.
 * @throws BadValue with line and column, where they are certain
 */
export function parseWkt(text: string): Geometry {
  parser ??= createRequire(import.meta.url)("@terraformer/wkt") as Parser;
  const prefix = /^\s*SRID\s*=\s*\d+\s*;/i.exec(text)?.[0] ?? "";
  // The parser knows keywords in capitals only, and no further letters occur in WKT.
  const source = prefix.replace(/\S/g, " ") + text.slice(prefix.length).toUpperCase();
  try {
    const { properties: _, ...geometry } = parser.wktToGeoJSON(source);
    if ("type" in geometry) return geometry as Geometry;
  } catch (error) {
    throw fault(source, (error as Error).message);
  }
  throw new BadValue("one geometry in WKT");
}

/** Reads the position out of the parser's message, which has up to twenty characters before the fault, and a pointer. */
function fault(source: string, message: string): BadValue {
  const [, shown = "", pointer, expecting = ""] = /line \d+:\n(.*)\n(-*)\^\n(.*)/.exec(message) ?? [];
  if (pointer === undefined) return new BadValue(`WKT (${message})`);
  const before = shown.slice(0, pointer.length).replace(/^\.\.\./, "");
  const letters = [...source.matchAll(/[^\n]/g)];
  const flat = letters.map(([letter]) => letter).join("");
  const at = flat.indexOf(before);
  const isCertain = at >= 0 && flat.indexOf(before, at + 1) < 0;
  const place = isCertain ? positionAt(source, letters[at + before.length]?.index ?? source.length) : undefined;
  const where = place ? `line ${place.line}, column ${place.column}` : `after ${JSON.stringify(before)}`;
  const names: Record<string, string> = { COMMA: "','", EOF: "the end", INVALID: "something else" };
  const wanted = expecting
    .replace("Expecting", "expecting")
    .replaceAll("'DOUBLE_TOK'", "a number")
    .replace(/'(COMMA|EOF|INVALID)'/g, (_, name: string) => names[name]!);
  return new BadValue(`WKT (${where}: ${wanted})`, place);
}
