import ivm from "isolated-vm";

/** Hands the memory of a buffer over to an isolate; the host loses it. A view of a part is copied instead. */
export function moveIn(bytes: Uint8Array): unknown {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength;
  const buffer = isWhole ? bytes.buffer : bytes.slice().buffer;
  return new ivm.ExternalCopy(buffer, { transferOut: true }).copyInto({ transferIn: true, release: true });
}
