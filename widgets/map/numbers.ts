import type { NumberType } from "./map-spec.ts";

export type Numbers =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** The typed array of each number type. */
export const numberArrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** The type of a typed array of numbers; undefined for anything else. */
export function numberType(data: unknown): NumberType | undefined {
  const tag = Object.prototype.toString.call(data).slice(8, -1);
  const name = tag === "Uint8ClampedArray" ? "uint8" : tag.replace(/Array$/, "").toLowerCase();
  return tag.endsWith("Array") && name in numberArrays ? (name as NumberType) : undefined;
}
