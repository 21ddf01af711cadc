import { isArrowTable } from "./results.ts";

/**
 * Values of parameters as JSON on one line, for messages: long texts and lists cut, what is no JSON told by its kind.
 * @param characters longest text that comes back
 */
export function parametersText(parameters: Record<string, unknown>, characters = 200): string {
  const text = JSON.stringify(sketch(parameters, 0));
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}

const shownMembers = 8;
const shownCharacters = 80;

function sketch(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.length > shownCharacters ? `${value.slice(0, shownCharacters)}…` : value;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value === undefined || typeof value === "function" || typeof value === "symbol") return `<${typeof value}>`;
  if (typeof value !== "object" || value === null) return value;
  if (isArrowTable(value)) return `<Table of ${value.numRows} × ${value.numCols}>`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "<invalid date>" : value.toISOString();
  if (ArrayBuffer.isView(value)) return `<${value.constructor.name} of ${value.byteLength} bytes>`;
  if (depth > 4) return "…";
  if (Array.isArray(value)) {
    const shown = value.slice(0, shownMembers).map((each) => sketch(each, depth + 1));
    return value.length > shownMembers ? [...shown, `… ${value.length - shownMembers} more`] : shown;
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, sketch(each, depth + 1)]));
}
