type TypedArray<T> = { new (buffer: ArrayBuffer, offset: number, length: number): T; BYTES_PER_ELEMENT: number };

/**
 * The numbers in a buffer of a message. Front ends hand out windows of a larger buffer; where such a window does not
 * lie as the numbers need it, it is copied.
 */
export function aligned<T>(view: DataView | Uint8Array, type: TypedArray<T>): T {
  const { byteLength, byteOffset, buffer } = view;
  const length = Math.floor(byteLength / type.BYTES_PER_ELEMENT);
  if (byteOffset % type.BYTES_PER_ELEMENT === 0 && buffer instanceof ArrayBuffer)
    return new type(buffer, byteOffset, length);
  const copy = new Uint8Array(byteLength);
  copy.set(new Uint8Array(buffer, byteOffset, byteLength));
  return new type(copy.buffer, 0, length);
}

/** The bytes of a buffer of a message. */
export function bytesOf(view: DataView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}
