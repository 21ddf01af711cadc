/** Readers of what comes from an isolate: each gives a value of its kind, within bounds, whatever came. */

export function text(value: unknown, longest: number): string {
  return typeof value === "string" ? value.slice(0, longest) : "";
}

export function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

export function flag(value: unknown): boolean {
  return value === true;
}

/** A plain object of JSON; an empty one for everything else. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function list(value: unknown, most: number): unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

/** JSON text as an object. @throws RangeError where it is longer than it may be; SyntaxError */
export function json(value: unknown, longest: number): Record<string, unknown> {
  if (typeof value !== "string") throw new TypeError("The notebook's isolate sent no text.");
  if (value.length > longest)
    throw new RangeError(`The notebook's isolate sent more than ${longest} characters at once.`);
  return record(JSON.parse(value));
}

/** Bytes, where there are any and not too many. @throws RangeError */
export function bytes(value: unknown, most: number): Uint8Array<ArrayBuffer> | undefined {
  if (!(value instanceof ArrayBuffer)) return undefined;
  if (value.byteLength > most) throw new RangeError(`The notebook's isolate sent more than ${most} bytes at once.`);
  return new Uint8Array(value);
}
