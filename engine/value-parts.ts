import type { EncodedValue } from "./values/encoded-value.ts";

/** What the head of a message says of an encoded value whose bytes are among its parts. */
export interface ValueHead {
  textEncoding: "latin1" | "utf16le";
  hasTables: boolean;
}

/** The bytes of an encoded value as parts of a message: text, description, buffers. */
export function valueToParts(value: EncodedValue): { head: ValueHead; parts: Uint8Array[] } {
  // Most text is Latin-1, which takes a byte a character and no decoding. UTF-16 keeps the rest exactly.
  const textEncoding = value.text === "" || /^[\0-\xff]*$/.test(value.text) ? "latin1" : "utf16le";
  return {
    head: { textEncoding, hasTables: value.hasTables },
    parts: [Buffer.from(value.text, textEncoding), value.body, ...value.buffers],
  };
}

/** The other way. @throws TypeError where the parts are too few */
export function valueFromParts(head: ValueHead, parts: Uint8Array[]): EncodedValue {
  const [text, body, ...buffers] = parts;
  if (!text || !body) throw new TypeError("A value has at least two parts.");
  const textBuffer = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  return { text: textBuffer.toString(head.textEncoding), body, buffers, hasTables: head.hasTables };
}
