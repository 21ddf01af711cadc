import { arrowKindOf } from "../../engine/values/arrow-ipc.ts";
import { UdfSerializationError } from "../errors.ts";
import { familyOf, ownForm } from "./family-of.ts";
import { viewTable, type TableView } from "./table-view.ts";

/**
 * JSON of a value (fused-spec.md 3.3). Numbers that are none (NaN, infinities) are null, dates ISO 8601, bytes base64, maps
 * objects, sets and typed arrays arrays. A bigint that a double holds exactly is a number, any other a string; a column
 * is of one kind throughout.
 * @throws UdfSerializationError for what is no data and for circles, naming the path
 */
export async function encodeJson(value: unknown): Promise<string> {
  const given = ownForm(value);
  if (familyOf(given) === "table" && !isPlainGeoJson(given)) return tableJson(await viewTable(given));
  return JSON.stringify(await jsonValue(given, "", new Set())) ?? "null";
}

/** GeoJSON is JSON already. */
function isPlainGeoJson(value: unknown): boolean {
  return !Array.isArray(value) && !arrowKindOf(value as object);
}

function tableJson(view: TableView): string {
  const { names, rowCount } = view;
  const texts = columnTexts(view);
  const keys = names.map((name) => JSON.stringify(name));
  const rows = Array.from(
    { length: rowCount },
    (_none, row) => `{${keys.map((key, i) => `${key}:${texts[i]![row]}`).join(",")}}`,
  );
  return `[${rows.join(",")}]`;
}

/** The JSON of each cell, by column. */
function columnTexts({ names, rowCount, cell }: TableView): string[][] {
  return names.map((_name, column) => {
    const cells = Array.from({ length: rowCount }, (_none, row) => cell(column, row));
    const asText = cells.some((each) => typeof each === "bigint" && !isSafe(each));
    return cells.map((each) => JSON.stringify(plainJson(each, asText)) ?? "null");
  });
}

const isSafe = (value: bigint) => value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;

/** A cell's value as JSON has it. `bigintsAsText`: all bigints, not only those that a double would round. */
export function plainJson(value: unknown, bigintsAsText = false): unknown {
  if (typeof value === "bigint") return bigintsAsText || !isSafe(value) ? String(value) : Number(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  if (Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Set) {
    return Array.from(value as Iterable<unknown>, (each) => plainJson(each, bigintsAsText));
  }
  if (value instanceof Map) return plainJson(Object.fromEntries(value), bigintsAsText);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainJson(each, bigintsAsText)]));
}

/** The same for a value of any family, tables and blobs inside included. */
async function jsonValue(value: unknown, path: string, above: Set<unknown>): Promise<unknown> {
  const given = ownForm(value);
  if (typeof given !== "object" || given === null) {
    familyOf(given);
    return plainJson(given);
  }
  if (above.has(given))
    throw new UdfSerializationError(`Result serialization failed: the value is circular at ${path}.`);
  const family = familyOf(given);
  if (family === "response") {
    throw new UdfSerializationError(
      `Result serialization failed: a Response inside another value (${path}) has no JSON.`,
    );
  }
  if (given instanceof Blob) return plainJson(new Uint8Array(await given.arrayBuffer()));
  if (given instanceof ArrayBuffer) return plainJson(new Uint8Array(given));
  if (family === "table" && arrowKindOf(given)) return JSON.parse(tableJson(await viewTable(given)));
  if (given instanceof Date || ArrayBuffer.isView(given)) return plainJson(given);
  const within = new Set(above).add(given);
  const items = given instanceof Set ? [...given] : given;
  if (Array.isArray(items)) {
    return Promise.all(items.map((each, i) => jsonValue(each, `${path}[${i}]`, within)));
  }
  const entries = given instanceof Map ? [...given] : Object.entries(given);
  const made: [string, unknown][] = [];
  for (const [key, each] of entries) {
    if (typeof key !== "string") {
      throw new UdfSerializationError(
        `Result serialization failed: a Map's keys are strings in JSON (${path || "the value"}).`,
      );
    }
    made.push([key, await jsonValue(each, path ? `${path}.${key}` : key, within)]);
  }
  return Object.fromEntries(made);
}
