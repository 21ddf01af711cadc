import type { Grid } from "./grid.ts";

/** numpy's names of element types, little endian. */
const descriptors: Record<string, string> = {
  Int8Array: "|i1",
  Uint8Array: "|u1",
  Uint8ClampedArray: "|u1",
  Int16Array: "<i2",
  Uint16Array: "<u2",
  Int32Array: "<i4",
  Uint32Array: "<u4",
  Float16Array: "<f2",
  Float32Array: "<f4",
  Float64Array: "<f8",
};

/**
 * numpy's format (NEP 1, version 1.0): shape (h, w) of one band, (bands, h, w) of several, (h, w, bands) where the bands of a
 * pixel stand side by side. Element types stay.
 */
export function encodeNpy({ data, width, height, bands, interleaved }: Grid): Uint8Array {
  const numbers = Array.isArray(data) ? Float64Array.from(data) : data;
  const shape = bands === 1 ? [height, width] : interleaved ? [height, width, bands] : [bands, height, width];
  const dictionary = `{'descr': '${descriptors[numbers.constructor.name]}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  // Magic, version, length of the header; the whole is a multiple of 64 and ends in a line feed.
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const made = new Uint8Array(length + numbers.byteLength);
  made.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  made.set(Buffer.from(`${dictionary.padEnd(length - 11)}\n`, "latin1"), 10);
  made.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), length);
  return made;
}
