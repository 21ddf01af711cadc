const acceptable =
  "an Arrow Table, RecordBatch or Vector, an array of plain objects, GeoJSON, a raster { data, width, height }, " +
  "a typed array, ArrayBuffer, Blob or Response, a string, number, bigint, boolean, Date, Map, Set, null, or plain objects " +
  "and arrays of these";

/**
 * A value that cannot travel (fused-spec.md 3.3). The message names what was found, where, and what can.
 * `valueType` is the class of what was found.
 */
export class NotEncodableError extends Error {
  override name = "NotEncodableError";
  valueType: string;

  constructor(valueType: string, path: string, reason: string) {
    const where = path === "" ? "" : ` at ${path}`;
    super(`${reason}${where}. What can travel: ${acceptable}. Was: ${valueType}${where}`);
    this.valueType = valueType;
  }
}

/** Why a value that is no data cannot travel, with a hint where one helps. */
export function explainRefusal(value: unknown): { valueType: string; reason: string } {
  if (typeof value === "function") return { valueType: "Function", reason: "A function cannot travel" };
  if (typeof value === "symbol") return { valueType: "Symbol", reason: "A symbol cannot travel" };
  const valueType = classNameOf(value as object);
  if (valueType === "Promise") return { valueType, reason: "A promise cannot travel (await it first)" };
  if (isIterator(value as object)) {
    return { valueType, reason: "An iterator cannot travel (collect it first: [...values], Array.fromAsync(values))" };
  }
  if (/Connection|Statement|Cursor|Database/.test(valueType)) {
    return { valueType, reason: "A database object cannot travel (fetch the rows and return those)" };
  }
  if (/Stream|Socket|Reader|Writer/.test(valueType)) {
    return { valueType, reason: "A stream cannot travel (read it to its end and return the bytes)" };
  }
  return {
    valueType,
    reason: `An object of class ${valueType} cannot travel (return plain data, or give the class a [fused.toFused]() method)`,
  };
}

/** The class a person would name: that of the constructor, else V8's own tag. */
export function classNameOf(value: object): string {
  try {
    const { constructor } = value as { constructor?: unknown };
    if (typeof constructor === "function" && constructor.name && constructor.name !== "Object") return constructor.name;
  } catch {
    // A getter or proxy of the user's that throws: the tag says enough.
  }
  try {
    return Object.prototype.toString.call(value).slice(8, -1);
  } catch {
    return "Object";
  }
}

function isIterator(value: object): boolean {
  const { next } = value as { next?: unknown };
  return typeof next === "function" && (Symbol.iterator in value || Symbol.asyncIterator in value);
}
