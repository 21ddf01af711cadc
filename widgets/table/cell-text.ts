import { abbreviateGeometry, isGeometry } from "../geo/geojson.ts";
import { counted } from "../html.ts";
import { isPlainObject } from "../plain-object.ts";

/** The text of one cell, and whether it stands for no value. */
export interface Cell {
  text: string;
  isNull: boolean;
}

const none: Cell = { text: "null", isNull: true };

/**
 * The texts of the shown cells of one column. Numbers get the same count of decimals all the way down (at most six), so
 * that they compare at a glance; whole numbers and bigints are exact.
 */
export function cellTexts(values: unknown[]): Cell[] {
  const fractions = values.filter((value): value is number => typeof value === "number" && isFraction(value));
  const decimals = fractions.reduce((most, value) => Math.max(most, decimalsOf(value)), 0);
  return values.map((value) => {
    if (value === null || value === undefined) return none;
    return { text: valueText(value, decimals), isNull: false };
  });
}

/** Whether every value that is there is a number, so that the column is set to the right. */
export function isNumeric(values: unknown[]): boolean {
  const present = values.filter((value) => value !== null && value !== undefined);
  return present.length > 0 && present.every((value) => typeof value === "number" || typeof value === "bigint");
}

function valueText(value: unknown, decimals: number): string {
  if (typeof value === "number") return numberText(value, decimals);
  if (typeof value === "string") return visible(value);
  return shortText(value);
}

/** A value inside a cell, in few letters: what is nested is cut short. */
function shortText(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number") return numberText(value, isFraction(value) ? decimalsOf(value) : 0);
  if (typeof value === "string") return depth === 0 ? visible(value) : JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return "function";
  if (typeof value !== "object") return String(value);
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return counted(value.byteLength, "byte");
  if (isGeometry(value)) return abbreviateGeometry(value);
  if (depth > 1) return "…";
  if (isList(value)) return listText(value, depth);
  if (isPlainObject(value)) return recordText(value, depth);
  if (value instanceof Map) return recordText(Object.fromEntries(value), depth);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return shortText(toJSON.call(value), depth + 1);
  return value.constructor.name;
}

function isList(value: object): value is Iterable<unknown> & { length: number } {
  return Symbol.iterator in value && typeof (value as { length?: unknown }).length === "number";
}

function listText(list: Iterable<unknown> & { length: number }, depth: number): string {
  const shown: string[] = [];
  for (const item of list) {
    if (shown.length === 4) break;
    shown.push(shortText(item, depth + 1));
  }
  const more = list.length > shown.length ? `, … ${list.length} in all` : "";
  return `[${shown.join(", ")}${more}]`;
}

function recordText(record: Record<string, unknown>, depth: number): string {
  const entries = Object.entries(record);
  const shown = entries.slice(0, 4).map(([key, value]) => `${key}: ${shortText(value, depth + 1)}`);
  return `{${shown.join(", ")}${entries.length > shown.length ? ", …" : ""}}`;
}

function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return "Invalid Date";
  return date.toISOString().replace(/T00:00:00\.000Z$|\.000(?=Z$)/, "");
}

function isFraction(value: number): boolean {
  return Number.isFinite(value) && !Number.isInteger(value) && Math.abs(value) >= 1e-4 && Math.abs(value) < 1e12;
}

/** Decimals up to six, of the value as a float of nine digits: 0.1 + 0.2 has one. */
function decimalsOf(value: number): number {
  const digits = Number(value.toPrecision(9)).toFixed(6).replace(/0+$/, "");
  return digits.length - digits.indexOf(".") - 1;
}

function numberText(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return (0).toFixed(decimals);
  if (Math.abs(value) < 1e-4) return value.toExponential(3);
  if (Number.isInteger(value) && Math.abs(value) > 1e15) return String(value);
  if (!Number.isInteger(value) && Math.abs(value) >= 1e12) return String(Number(value.toPrecision(12)));
  return value.toFixed(decimals);
}

/** Text on one line: line breaks and other control characters as escapes. */
export function visible(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.slice(0, 500).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Cuts text to so many letters, never through a surrogate pair, and says so with an ellipsis. */
export function cut(text: string, letters: number): string {
  if (text.length <= letters) return text;
  const all = [...text];
  return all.length <= letters ? text : `${all.slice(0, letters - 1).join("")}…`;
}
