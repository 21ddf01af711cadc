import { arrowKindOf } from "../../engine/values/arrow-ipc.ts";
import { classNameOf, explainRefusal, NotEncodableError } from "../../engine/values/not-encodable.ts";
import { toFused } from "../../engine/values/encoded-value.ts";
import { UdfSerializationError } from "../errors.ts";
import { isGeoJson, isPlainObject } from "../results.ts";
import type { Family } from "./format-names.ts";
import { isGrid } from "./grid.ts";

/** A value that a class gives of itself by `[fused.toFused]()`, else the value. */
export function ownForm(value: unknown): unknown {
  const give = (value as { [toFused]?: unknown } | null | undefined)?.[toFused];
  return typeof give === "function" ? ownForm(give.call(value)) : value;
}

/**
 * The family of a value (fused-spec.md 3.1, 3.4).
 * @throws UdfSerializationError for what is no data, with its class and what would be
 */
export function familyOf(value: unknown): Family {
  if (value === null || value === undefined) return "simple";
  if (typeof value === "string") return "text";
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return "simple";
  if (typeof value !== "object") throw refusal(value);
  if (value instanceof Response) return "response";
  if (value instanceof Blob || value instanceof ArrayBuffer || value instanceof Uint8Array) return "bytes";
  if (value instanceof Date || value instanceof Set) return "simple";
  if (arrowKindOf(value) || isGeoJson(value)) return "table";
  if (isGrid(value)) return "raster";
  if (Array.isArray(value)) return value.length > 0 && value.every(isPlainObject) ? "table" : "simple";
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return "simple";
  if (value instanceof Map || isPlainObject(value)) return "dict";
  throw refusal(value);
}

function refusal(value: unknown): UdfSerializationError {
  const { valueType, reason } = explainRefusal(value);
  const { message } = new NotEncodableError(valueType, "", reason);
  return new UdfSerializationError(`Result serialization failed: ${message}`, {
    valueType: typeof value === "object" ? classNameOf(value as object) : valueType,
  });
}
