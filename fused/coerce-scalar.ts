import { validate } from "uuid";
import { BadValue } from "./bad-value.ts";
import { nearestName } from "./nearest-name.ts";

const integer = /^[+-]?\d+(_\d+)*$/;
const decimal = /^[+-]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+)?$/i;
const unbounded = /^([+-]?)(inf|infinity|nan)$/i;

/** Anything as text. */
export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return String(value);
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
}

/** A whole number that a JavaScript number holds exactly. Text follows Python's `int()`. @throws BadValue */
export function toInt(value: unknown): number {
  let number = NaN;
  if (typeof value === "number") number = value;
  else if (typeof value === "bigint") number = Number(value);
  else if (typeof value === "string" && integer.test(value.trim())) number = Number(value.trim().replaceAll("_", ""));
  if (!Number.isInteger(number)) throw new BadValue("a whole number");
  if (!Number.isSafeInteger(number)) {
    throw new BadValue("a whole number below 2^53 (declare the parameter bigint for larger ones, such as H3 cells)");
  }
  return number + 0;
}

/** A number. Text follows Python's `float()`: exponents, `NaN` and `Infinity`. @throws BadValue */
export function toFloat(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") {
    const text = value.trim();
    if (decimal.test(text)) return Number(text.replaceAll("_", ""));
    const [, sign, word = ""] = unbounded.exec(text) ?? [];
    if (word) return /nan/i.test(word) ? NaN : sign === "-" ? -Infinity : Infinity;
  }
  throw new BadValue("a number");
}

/** true or false; text in any letter case, also yes/no, on/off, 1/0. @throws BadValue */
export function toBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" || typeof value === "number" ? String(value).trim().toLowerCase() : "";
  if (["true", "1", "yes", "on"].includes(word)) return true;
  if (["false", "0", "no", "off"].includes(word)) return false;
  throw new BadValue("true or false");
}

/** A whole number of any size. @throws BadValue, also for a number so large that it may have been rounded */
export function toBigInt(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "string" && integer.test(value.trim())) {
    return BigInt(value.trim().replaceAll("_", "").replace(/^\+/, ""));
  }
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  const isRounded = typeof value === "number" && Number.isInteger(value);
  throw new BadValue(
    isRounded ? "a bigint or its digits as text (numbers from 2^53 on are rounded)" : "a whole number",
  );
}

/** A UUID in its canonical text form, given back in lower case. @throws BadValue */
export function toUuid(value: unknown): string {
  const text = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (validate(text)) return text;
  throw new BadValue("a UUID such as 123e4567-e89b-12d3-a456-426614174000");
}

/** A point in time: a Date, ISO 8601 text, or milliseconds since 1970. @throws BadValue */
export function toDate(value: unknown): Date {
  const isText = typeof value === "string" && /^\s*[+-]?\d{4,6}-\d\d(-\d\d)?([T ].*)?$/.test(value);
  if (isText || typeof value === "number" || value instanceof Date) {
    const date = new Date(typeof value === "string" ? value.trim() : value);
    if (!Number.isNaN(date.getTime())) return value instanceof Date ? value : date;
  }
  throw new BadValue("a date, such as 2024-05-01 or 2024-05-01T12:00:00Z");
}

/** One of the enumerated strings. @throws BadValue naming them, and the nearest */
export function toEnum(value: unknown, values: string[]): string {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text === "string" && values.includes(text)) return text;
  const nearest = typeof text === "string" ? nearestName(text, values) : undefined;
  const list = values.map((each) => JSON.stringify(each)).join(", ");
  throw new BadValue(`one of ${list}${nearest === undefined ? "" : ` (did you mean ${JSON.stringify(nearest)}?)`}`);
}
