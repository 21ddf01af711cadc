/** https://encoding.spec.whatwg.org/: UTF-8 out; UTF-8, UTF-16LE and Latin-1 (Windows-1252 without its extras) in. */
export class TextEncoder {
  get encoding(): string {
    return "utf-8";
  }

  encode(value: unknown = ""): Uint8Array<ArrayBuffer> {
    const text = String(value);
    const bytes = new Uint8Array(text.length * 3);
    return bytes.slice(0, encodeUtf8(text, bytes).written);
  }

  encodeInto(value: unknown, target: Uint8Array): { read: number; written: number } {
    return encodeUtf8(String(value), target);
  }
}

function encodeUtf8(text: string, bytes: Uint8Array): { read: number; written: number } {
  let written = 0;
  let read = 0;
  while (read < text.length) {
    let code = text.charCodeAt(read);
    let units = 1;
    if (code < 0x80) {
      if (written === bytes.length) break;
      bytes[written++] = code;
      read++;
      continue;
    }
    if (code >= 0xd800 && code < 0xe000) {
      const low = text.charCodeAt(read + 1);
      if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        units = 2;
      } else code = 0xfffd;
    }
    const size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (written + size > bytes.length) break;
    const lead = size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0;
    for (let shift = 6 * (size - 1), i = 0; i < size; i++, shift -= 6) {
      bytes[written++] = i === 0 ? lead | (code >> shift) : 0x80 | ((code >> shift) & 0x3f);
    }
    read += units;
  }
  return { read, written };
}

const labels: Record<string, "utf-8" | "utf-16le" | "windows-1252"> = {
  "utf-8": "utf-8",
  utf8: "utf-8",
  "utf-16": "utf-16le",
  "utf-16le": "utf-16le",
  latin1: "windows-1252",
  ascii: "windows-1252",
  "us-ascii": "windows-1252",
  "iso-8859-1": "windows-1252",
  "windows-1252": "windows-1252",
};

export class TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  /** Bytes of a character whose end has not come yet. */
  #held = new Uint8Array(0);
  #isStarted = false;

  constructor(label: unknown = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    const name = String(label).trim().toLowerCase();
    const encoding = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (!encoding)
      throw new RangeError(`The encoding "${name}" is not there. There are: ${Object.keys(labels).join(", ")}.`);
    this.encoding = encoding;
    this.fatal = Boolean(options.fatal);
    this.ignoreBOM = Boolean(options.ignoreBOM);
  }

  decode(input?: ArrayBufferView | ArrayBuffer, options: { stream?: boolean } = {}): string {
    let bytes = bytesOf(input);
    if (this.#held.length > 0) {
      const joined = new Uint8Array(this.#held.length + bytes.length);
      joined.set(this.#held);
      joined.set(bytes, this.#held.length);
      bytes = joined;
    }
    const isLast = !options.stream;
    const end = isLast ? bytes.length : wholeCharacters(bytes, this.encoding);
    this.#held = bytes.slice(end);
    const whole = bytes.subarray(0, end);
    let text: string;
    if (this.encoding === "utf-8") text = decodeUtf8(whole, this.fatal);
    else if (this.encoding === "utf-16le") text = decodeUtf16(whole);
    else text = pieces(whole.length, (from, to) => String.fromCharCode.apply(null, whole.subarray(from, to) as never));
    if (!this.#isStarted && !this.ignoreBOM && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    this.#isStarted = !isLast && (this.#isStarted || text.length > 0);
    return text;
  }
}

function bytesOf(input: ArrayBufferView | ArrayBuffer | undefined): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  return new Uint8Array(input);
}

/** The length of a beginning that ends with a whole character. */
function wholeCharacters(bytes: Uint8Array, encoding: string): number {
  if (encoding === "utf-16le") return bytes.length - (bytes.length % 2);
  if (encoding !== "utf-8") return bytes.length;
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Pieces small enough to be the arguments of one call, joined. */
function pieces(length: number, piece: (from: number, to: number) => string): string {
  const size = 8192;
  if (length <= size) return piece(0, length);
  let text = "";
  for (let from = 0; from < length; from += size) text += piece(from, Math.min(from + size, length));
  return text;
}

function decodeUtf16(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.slice(0, bytes.length - (bytes.length % 2)).buffer);
  const text = pieces(units.length, (from, to) => String.fromCharCode.apply(null, units.subarray(from, to) as never));
  return text.toWellFormed() + (bytes.length % 2 ? "\ufffd" : "");
}

/** https://encoding.spec.whatwg.org/#utf-8-decoder, with a run of ASCII taken at once. */
function decodeUtf8(bytes: Uint8Array, isFatal: boolean): string {
  const units = new Uint16Array(Math.min(bytes.length + 2, 8194));
  let text = "";
  let filled = 0;
  let at = 0;
  while (at < bytes.length) {
    if (filled >= 8192) {
      text += String.fromCharCode.apply(null, units.subarray(0, filled) as never);
      filled = 0;
    }
    const lead = bytes[at]!;
    if (lead < 0x80) {
      units[filled++] = lead;
      at++;
      continue;
    }
    const size =
      lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 1;
    let code = size === 2 ? lead & 0x1f : size === 3 ? lead & 0x0f : lead & 0x07;
    let good = 1;
    for (; good < size; good++) {
      const byte = bytes[at + good];
      const low = good > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
      const high = good > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      if (byte === undefined || byte < low || byte > high) break;
      code = (code << 6) | (byte & 0x3f);
    }
    at += good;
    if (size === 1 || good < size) {
      if (isFatal) throw new TypeError(`The bytes are not UTF-8: byte ${at - good}.`);
      units[filled++] = 0xfffd;
    } else if (code >= 0x10000) {
      units[filled++] = 0xd800 + ((code - 0x10000) >> 10);
      units[filled++] = 0xdc00 + (code & 0x3ff);
    } else units[filled++] = code;
  }
  return text + String.fromCharCode.apply(null, units.subarray(0, filled) as never);
}
