import type { ParameterSchema } from "../../engine/udf-frame.ts";
import { formatNamed, insteadOf } from "../../fused/formats/format-names.ts";
import { ageInSeconds } from "../../fused/cache-age.ts";
import { badRequest, fieldsOf } from "../http/http-error.ts";

/** What a request's query says: values for the UDF, and how the answer is to be (fused-spec.md 18.2). */
export interface ReadQuery {
  /** Values for the UDF as text, by name. A name that came several times has a list. */
  given: Record<string, unknown>;
  /** Formats that were asked for; one of them must fit. */
  format?: string[];
  /** Formats for a table and for a raster, where the value is one. */
  vector?: string;
  raster?: string;
  /** How old a kept result may be, seconds. */
  cacheMaxAge?: number;
  /** False: no kept result is wanted. */
  cache: boolean;
  /** An error is wanted as a picture, for maps. */
  errorTile: boolean;
  /** Names that mean nothing here: neither the UDF's nor ours. */
  ignored: string[];
}

/** Names in a query that say how the answer is to be. */
export const controlNames = [
  "format",
  "dtype_out_vector",
  "dtype_out_raster",
  "cache_max_age",
  "cache",
  "fused_session_token",
  "error_tile",
] as const;

const controls = new Set<string>(controlNames);

/**
 * Parts a query. A name that the UDF declares is its own; with an underscore before it (`_format`) a control name is never.
 * What the UDF does not know is left out, so that it makes no difference to what is kept, and is told in the answer.
 * @param extension the ending of the path, which ranks above `format`
 * @throws HttpError 400
 */
export function readQuery(query: URLSearchParams, schema: ParameterSchema, extension?: string): ReadQuery {
  const declared = new Set(schema.parameters.map(({ name }) => name));
  const given = new Map<string, unknown>();
  const control: Record<string, string> = {};
  const ignored = new Set<string>();
  for (const [name, value] of query) {
    const plain = name.startsWith("_") ? name.slice(1) : name;
    if (!declared.has(name) && controls.has(plain)) control[plain] = value;
    // `…/run/tiles/{z}/{x}/{y}?=png`: the older short form.
    else if (name === "") control["format"] ??= value;
    else if (declared.has(name) || schema.rest || placeNames.has(name)) {
      const before = given.get(name);
      given.set(name, before === undefined ? value : [before, value].flat());
    } else ignored.add(name);
  }
  return {
    given: Object.fromEntries([...given].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(extension !== undefined
      ? { format: [extension] }
      : control["format"] && { format: control["format"].split(",") }),
    ...(control["dtype_out_vector"] && { vector: checkFormat(control["dtype_out_vector"]) }),
    ...(control["dtype_out_raster"] && { raster: checkFormat(control["dtype_out_raster"]) }),
    ...(control["cache_max_age"] !== undefined && { cacheMaxAge: readAge(control["cache_max_age"]) }),
    cache: !/^(false|0|no)$/i.test(control["cache"] ?? ""),
    errorTile: /^(true|1|yes)$/i.test(control["error_tile"] ?? ""),
    ignored: [...ignored],
  };
}

/** What a JSON body `{ parameters, format, cache, cache_max_age }` says, above the query. @throws HttpError 400 */
export function readBodyQuery(
  body: Record<string, unknown>,
  query: ReadQuery,
  { parameters: declared, rest }: ParameterSchema,
): ReadQuery {
  const { parameters = {}, format, cache, cache_max_age: age } = body;
  if (format !== undefined && format !== null && typeof format !== "string") throw badRequest("format is text.");
  const own = fieldsOf(parameters);
  const isKnown = (name: string) => rest || placeNames.has(name) || declared.some((each) => each.name === name);
  return {
    ...query,
    given: { ...query.given, ...own },
    ...(typeof format === "string" && format !== "" && query.format === undefined && { format: format.split(",") }),
    ...(age !== undefined && age !== null && { cacheMaxAge: readAge(String(age)) }),
    cache: query.cache && cache !== false,
    ignored: [...query.ignored, ...Object.keys(own).filter((name) => !isKnown(name))],
  };
}

/** Names that give a place on the map, whether the UDF declares them or not. */
const placeNames = new Set(["x", "y", "z", "lat", "lng", "bounds", "bbox"]);

export function readAge(text: string): number {
  try {
    return ageInSeconds(/^\d+$/.test(text) ? Number(text) : text);
  } catch {
    throw badRequest(
      `cache_max_age is an age such as 30s, 10m, 12h or 7d, or seconds; what came is ${text.slice(0, 40)}.`,
    );
  }
}

function checkFormat(name: string): string {
  if (formatNamed(name) || insteadOf(name)) return name;
  throw badRequest(`There is no format ${name.slice(0, 40)}.`);
}

/** Formats by the media type that an Accept header names. */
const accepted: [RegExp, string][] = [
  [/\btext\/html\b/, "html"],
  [/\bapplication\/geo\+json\b/, "geojson"],
  [/\bapplication\/json\b/, "json"],
  [/\btext\/csv\b/, "csv"],
  [/\bapplication\/vnd\.apache\.parquet\b/, "parquet"],
  [/\bapplication\/vnd\.apache\.arrow\.stream\b/, "arrow"],
  [/\bapplication\/vnd\.mapbox-vector-tile\b|\bapplication\/x-protobuf\b/, "mvt"],
];

/**
 * The formats to try, in this order: what was asked for, else one for each family of values, as the client takes them. Tables
 * without a word from the client are a page, or in a tile a vector tile.
 */
export function formatsToTry(
  { format, vector, raster }: ReadQuery,
  accept: string | undefined,
  isTile: boolean,
): string[] {
  if (format) return format;
  const wanted = accept === undefined ? undefined : accepted.find(([type]) => type.test(accept))?.[1];
  const table = vector ?? (wanted === "html" && isTile ? "mvt" : (wanted ?? (isTile ? "mvt" : "html")));
  const isPicture = isTile || /\bimage\/|\btext\/html\b/.test(accept ?? "");
  return [table, raster ?? (isPicture ? "png" : "tiff"), "html", "json", "bytes"];
}

/** Whether the first thing asked for is a picture. */
export function wantsPicture(formats: readonly string[]): boolean {
  const first = formats.map((name) => formatNamed(name.trim())).find(Boolean);
  return first !== undefined && ["png", "jpeg", "webp"].includes(first);
}
