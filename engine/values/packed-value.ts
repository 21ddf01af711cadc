import type { EncodedValue } from "./encoded-value.ts";

const headBytes = 8;
const lengthBytes = 8;
const flagTables = 1;
const flagWideText = 2;
const textChunk = 8192;

/**
 * An encoded value as one run of bytes, for a file or a message: flags, number of buffers, lengths, then text, description
 * and buffers. Plain JavaScript, so that an isolate can do it too.
 */
export function packEncoded(value: EncodedValue): Uint8Array<ArrayBuffer> {
  const text = textBytes(value.text);
  const parts = [text.bytes, value.body, ...value.buffers];
  const start = headBytes + parts.length * lengthBytes;
  const packed = new Uint8Array(parts.reduce((sum, { length }) => sum + length, start));
  const view = new DataView(packed.buffer);
  view.setUint32(0, (value.hasTables ? flagTables : 0) | (text.isWide ? flagWideText : 0), true);
  view.setUint32(4, value.buffers.length, true);
  let at = start;
  parts.forEach((part, i) => {
    view.setFloat64(headBytes + i * lengthBytes, part.length, true);
    packed.set(part, at);
    at += part.length;
  });
  return packed;
}

/**
 * The other way; description and buffers are views of the bytes given.
 * @throws RangeError where the bytes are not those of a packed value
 */
export function unpackEncoded(packed: Uint8Array): EncodedValue {
  // Node's Buffers, which databases give, have a `slice` that does not copy.
  const bytes = new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headBytes) throw malformed();
  const flags = view.getUint32(0, true);
  const count = view.getUint32(4, true) + 2;
  let at = headBytes + count * lengthBytes;
  if (at > bytes.length) throw malformed();
  const parts = Array.from({ length: count }, (_none, i) => {
    const length = view.getFloat64(headBytes + i * lengthBytes, true);
    if (!Number.isInteger(length) || length < 0 || length > bytes.length - at) throw malformed();
    at += length;
    return bytes.subarray(at - length, at);
  });
  if (at !== bytes.length) throw malformed();
  const [text, body, ...buffers] = parts;
  return {
    text: textOf(text!, (flags & flagWideText) !== 0),
    body: body!,
    buffers,
    hasTables: (flags & flagTables) !== 0,
  };
}

/** Most text is Latin-1, which takes a byte a character; UTF-16 keeps the rest exactly. */
function textBytes(text: string): { bytes: Uint8Array; isWide: boolean } {
  const isWide = !/^[\0-\xff]*$/.test(text);
  const units = isWide ? new Uint16Array(text.length) : new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return { bytes: new Uint8Array(units.buffer), isWide };
}

function textOf(bytes: Uint8Array, isWide: boolean): string {
  const units = isWide ? new Uint16Array(bytes.slice().buffer) : bytes;
  let text = "";
  for (let i = 0; i < units.length; i += textChunk) {
    text += String.fromCharCode.apply(undefined, units.subarray(i, i + textChunk) as unknown as number[]);
  }
  return text;
}

function malformed(): RangeError {
  return new RangeError("These are not the bytes of a packed value.");
}
