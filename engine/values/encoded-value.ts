/**
 * A value on its way between processes. What varies in size is kept apart so that each part moves by one native copy:
 * all strings one after another, all big buffers as they are, and a compact description of the rest. The engine host
 * hands the parts through without reading them.
 */
export interface EncodedValue {
  /** Every string of the value, concatenated in the order of the description. */
  text: string;
  /** The description: one tag byte a value, then what the tag asks for (see `tags`). */
  body: Uint8Array;
  /** Buffers of `outOfLineBytes` and more. */
  buffers: Uint8Array[];
  /** Arrow data is inside: who decodes this needs apache-arrow. */
  hasTables: boolean;
}

/** Binary data from this size on travels beside the description, bytes. */
export const outOfLineBytes = 4096;

/** Nesting that is still encoded and decoded; deeper structures would overflow somebody's stack. */
export const maxDepth = 1000;

export const tags = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** Zigzag varint. */
  integer: 4,
  /** 8 bytes, little endian. */
  float: 5,
  /** Varint: length in UTF-16 units. */
  string: 6,
  /** A string, decimal. */
  bigint: 7,
  /** A float: milliseconds since 1970. */
  date: 8,
  /** Varint length, values. */
  array: 9,
  /** Varint number of keys, keys as strings without tag, values. Keys and their order get the next shape number. */
  object: 10,
  /** Varint shape number, values. */
  sameShape: 11,
  /** Varint size, key and value in turn. */
  map: 12,
  /** Varint size, values. */
  set: 13,
  /** View kind, varint byte length, bytes. */
  inlineBinary: 14,
  /** View kind, varint buffer number. */
  binary: 15,
  /** Arrow kind, then a binary: IPC stream. */
  arrow: 16,
  /** Media type as string without tag, then a binary. */
  blob: 17,
  /** Varint status, array of [name, value] header pairs, then a binary. */
  response: 18,
} as const;

/** Kinds of binary data, by number. Views are rebuilt over a buffer of their own. */
export const viewKinds = [
  "ArrayBuffer",
  "DataView",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float16Array",
] as const;

export const arrowKinds = ["Table", "RecordBatch", "Vector"] as const;
export type ArrowKind = (typeof arrowKinds)[number];

/** A user's class may have a method of this name that gives a value which can travel (fused-spec.md 3.4). */
export const toFused: unique symbol = Symbol.for("fused.toFused") as never;
