import { arrowKinds, maxDepth, tags, viewKinds, type ArrowKind, type EncodedValue } from "./encoded-value.ts";

export interface DecodeOptions {
  /** Rebuilds an Arrow object from its IPC stream. Needed where `hasTables`. */
  arrowFrom?: (kind: ArrowKind, bytes: Uint8Array) => unknown;
  makeBlob?: (type: string, bytes: Uint8Array) => unknown;
  makeResponse?: (status: number, headers: [string, string][], bytes: Uint8Array) => unknown;
}

/**
 * Rebuilds a value from its parts. The parts may come from a UDF that lies: whatever they are, the outcome is a value of the
 * kinds `encodeValue` takes, or an error.
 * @throws RangeError where the parts are not those of an encoded value
 */
export function decodeValue(encoded: EncodedValue, options: DecodeOptions = {}): unknown {
  const decoder = new Decoder(encoded, options);
  const value = decoder.read(0);
  decoder.end();
  return value;
}

const viewClasses = [
  undefined,
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  // Not in every V8 that runs this.
  typeof Float16Array === "undefined" ? undefined : Float16Array,
];

class Decoder {
  #text: string;
  #body: Uint8Array;
  #view: DataView;
  #buffers: Uint8Array[];
  #options: DecodeOptions;
  #at = 0;
  #textAt = 0;
  #shapes: string[][] = [];

  constructor(encoded: EncodedValue, options: DecodeOptions) {
    this.#text = encoded.text;
    this.#body = encoded.body;
    this.#view = new DataView(encoded.body.buffer, encoded.body.byteOffset, encoded.body.byteLength);
    this.#buffers = encoded.buffers;
    this.#options = options;
  }

  end(): void {
    if (this.#at !== this.#body.length) throw malformed();
  }

  read(depth: number): unknown {
    if (depth > maxDepth + 1) throw malformed();
    switch (this.#byte()) {
      case tags.undefined:
        return undefined;
      case tags.null:
        return null;
      case tags.false:
        return false;
      case tags.true:
        return true;
      case tags.integer:
        return this.#integer();
      case tags.float:
        return this.#float();
      case tags.string:
        return this.#string();
      case tags.bigint:
        return BigInt(this.#string());
      case tags.date:
        return new Date(this.#float());
      case tags.array:
        return this.#array(depth);
      case tags.object:
        this.#shapes.push(Array.from({ length: this.#count() }, () => this.#string()));
        return this.#object(this.#shapes.at(-1), depth);
      case tags.sameShape:
        return this.#object(this.#shapes[this.#varint()], depth);
      case tags.map:
        return this.#map(depth);
      case tags.set:
        return new Set(this.#array(depth));
      case tags.inlineBinary:
      case tags.binary:
        this.#at--;
        return this.#binary();
      case tags.arrow:
        return this.#arrow();
      case tags.blob:
        return this.#blob();
      case tags.response:
        return this.#response(depth);
      default:
        throw malformed();
    }
  }

  #array(depth: number): unknown[] {
    const length = this.#count();
    const values: unknown[] = [];
    for (let i = 0; i < length; i++) values.push(this.read(depth + 1));
    return values;
  }

  #object(keys: string[] | undefined, depth: number): object {
    if (!keys) throw malformed();
    const object: Record<string, unknown> = {};
    for (const key of keys) {
      const value = this.read(depth + 1);
      if (key === "__proto__") {
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      } else object[key] = value;
    }
    return object;
  }

  #map(depth: number): Map<unknown, unknown> {
    const size = this.#count();
    const map = new Map<unknown, unknown>();
    for (let i = 0; i < size; i++) map.set(this.read(depth + 1), this.read(depth + 1));
    return map;
  }

  #arrow(): unknown {
    const kind = arrowKinds[this.#byte()];
    const bytes = this.#binary();
    if (!kind || !(bytes instanceof Uint8Array) || !this.#options.arrowFrom) throw malformed();
    return this.#options.arrowFrom(kind, bytes);
  }

  #blob(): unknown {
    const type = this.#string();
    const bytes = this.#binary();
    if (!(bytes instanceof Uint8Array) || !this.#options.makeBlob) throw malformed();
    return this.#options.makeBlob(type, bytes);
  }

  #response(depth: number): unknown {
    const status = this.#varint();
    const headers = this.read(depth + 1) as [string, string][];
    const bytes = this.#binary();
    if (!(bytes instanceof Uint8Array) || !this.#options.makeResponse) throw malformed();
    return this.#options.makeResponse(status, headers, bytes);
  }

  #binary(): unknown {
    const tag = this.#byte();
    const kind = this.#byte();
    if (tag === tags.inlineBinary) {
      const length = this.#varint();
      if (length > this.#body.length - this.#at) throw malformed();
      this.#at += length;
      return asView(kind, this.#body.slice(this.#at - length, this.#at));
    }
    const bytes = this.#buffers[this.#varint()];
    if (tag !== tags.binary || !bytes) throw malformed();
    return asView(kind, bytes);
  }

  #byte(): number {
    const byte = this.#body[this.#at++];
    if (byte === undefined) throw malformed();
    return byte;
  }

  #varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
      if (factor > 2 ** 49) throw malformed();
    }
  }

  /** A number of things that follow, each of which takes a byte at least. */
  #count(): number {
    const count = this.#varint();
    if (count > this.#body.length - this.#at) throw malformed();
    return count;
  }

  #integer(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #float(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  #string(): string {
    const length = this.#varint();
    if (length > this.#text.length - this.#textAt) throw malformed();
    this.#textAt += length;
    return this.#text.slice(this.#textAt - length, this.#textAt);
  }
}

function asView(kind: number, bytes: Uint8Array): unknown {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength;
  const buffer = isWhole ? bytes.buffer : bytes.slice().buffer;
  if (viewKinds[kind] === "ArrayBuffer") return buffer;
  const viewClass = viewClasses[kind];
  if (!viewClass) throw malformed();
  return new (viewClass as typeof Uint8Array)(buffer as ArrayBuffer);
}

function malformed(): RangeError {
  return new RangeError("These are not the parts of an encoded value.");
}
