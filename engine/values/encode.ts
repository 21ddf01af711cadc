import { ByteWriter } from "./byte-writer.ts";
import {
  arrowKinds,
  maxDepth,
  outOfLineBytes,
  tags,
  toFused,
  viewKinds,
  type ArrowKind,
  type EncodedValue,
} from "./encoded-value.ts";
import { explainRefusal, NotEncodableError } from "./not-encodable.ts";

export interface EncodeOptions {
  /** The IPC stream of an Arrow object, or undefined where the value is none. Asked for every object of a class. */
  arrowBytes?: (value: object) => { kind: ArrowKind; bytes: Uint8Array } | undefined;
  /** What a `Blob` or `Response` holds: read before, since reading is asynchronous. */
  bodyOf?: (value: object) => BodyOf | undefined;
  /** Most bytes the parts may take together. */
  maxBytes?: number;
}

/** A `Blob` or `Response`, read to its end. */
export type BodyOf =
  | { kind: "blob"; type: string; bytes: Uint8Array }
  | { kind: "response"; status: number; headers: [string, string][]; bytes: Uint8Array };

/** A value larger than `maxBytes`. */
export class TooLargeError extends Error {
  override name = "TooLargeError";
}

/**
 * Encodes a value, checking it on the way. Whole buffers are taken as they are, not copied; views of a part are copied.
 * @throws NotEncodableError where the value holds what cannot travel; TooLargeError
 */
export function encodeValue(value: unknown, options: EncodeOptions = {}): EncodedValue {
  const encoder = new Encoder(options);
  encoder.write(value);
  return encoder.finish();
}

class Encoder {
  #options: EncodeOptions;
  #out = new ByteWriter();
  #text: string[] = [];
  #textLength = 0;
  #buffers: Uint8Array[] = [];
  #bufferNumbers = new Map<ArrayBufferLike, number>();
  #bufferBytes = 0;
  #hasTables = false;
  #shapes = new Map<string, number>();
  /** The shape met last: in a table of rows, that of the next row too. */
  #lastKeys: string[] = [];
  #lastShape = -1;
  /** From the root to the value at hand: objects, and the keys that lead on. */
  #parents: object[] = [];
  #path: (string | number)[] = [];

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  finish(): EncodedValue {
    this.#checkSize();
    return {
      text: this.#text.join(""),
      body: this.#out.finish(),
      buffers: this.#buffers,
      hasTables: this.#hasTables,
    };
  }

  write(value: unknown): void {
    switch (typeof value) {
      case "string":
        this.#out.byte(tags.string);
        return this.#string(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return this.#out.byte(value ? tags.true : tags.false);
      case "undefined":
        return this.#out.byte(tags.undefined);
      case "bigint":
        this.#out.byte(tags.bigint);
        return this.#string(String(value));
      case "object":
        if (value === null) return this.#out.byte(tags.null);
        return this.#object(value);
      default:
        this.#refuse(value);
    }
  }

  #number(value: number): void {
    if (Number.isInteger(value) && value >= -0x4000_0000 && value < 0x4000_0000 && !Object.is(value, -0)) {
      this.#out.byte(tags.integer);
      this.#out.varint(value < 0 ? -2 * value - 1 : 2 * value);
    } else {
      this.#out.byte(tags.float);
      this.#out.float(value);
    }
  }

  #string(value: string): void {
    this.#out.varint(value.length);
    if (value.length === 0) return;
    this.#text.push(value);
    this.#textLength += value.length;
  }

  #object(value: object): void {
    if (this.#parents.includes(value)) this.#refuseCircle(value);
    if (this.#parents.length === maxDepth) {
      throw new NotEncodableError(
        "Object",
        this.#where().slice(0, 100),
        `The value is nested over ${maxDepth} levels deep`,
      );
    }
    this.#checkSize();
    this.#parents.push(value);
    if (Array.isArray(value)) this.#array(value);
    else if (isPlain(value)) this.#plain(value as Record<string, unknown>);
    else this.#instance(value);
    this.#parents.pop();
  }

  #array(values: unknown[]): void {
    const { length } = values;
    this.#out.byte(tags.array);
    this.#out.varint(length);
    for (let i = 0; i < length; i++) this.#member(i, values[i]);
  }

  #plain(value: Record<string, unknown>): void {
    if (typeof (value as { [toFused]?: unknown })[toFused] === "function") return this.#converted(value);
    const keys = Object.keys(value);
    const known = this.#shapeOf(keys);
    if (known === undefined) {
      this.#out.byte(tags.object);
      this.#out.varint(keys.length);
      for (const key of keys) this.#string(key);
    } else {
      this.#out.byte(tags.sameShape);
      this.#out.varint(known);
    }
    for (const key of keys) this.#member(key, value[key]);
  }

  /** The number of a shape that was written before; a new one is given the next number. */
  #shapeOf(keys: string[]): number | undefined {
    if (this.#lastShape >= 0 && isSame(keys, this.#lastKeys)) return this.#lastShape;
    const name = keys.map((key) => `${key.length}:${key}`).join("");
    const known = this.#shapes.get(name);
    this.#lastKeys = keys;
    this.#lastShape = known ?? this.#shapes.size;
    if (known === undefined) this.#shapes.set(name, this.#lastShape);
    return known;
  }

  #member(key: string | number, value: unknown): void {
    this.#path.push(key);
    this.write(value);
    this.#path.pop();
  }

  #instance(value: object): void {
    if (typeof (value as { [toFused]?: unknown })[toFused] === "function") return this.#converted(value);
    if (ArrayBuffer.isView(value)) return this.#binary(value);
    switch (Object.prototype.toString.call(value)) {
      case "[object Date]":
        this.#out.byte(tags.date);
        return this.#out.float(Number(value));
      case "[object Map]":
        return this.#map(value as Map<unknown, unknown>);
      case "[object Set]":
        return this.#set(value as Set<unknown>);
      case "[object ArrayBuffer]":
      case "[object SharedArrayBuffer]":
        return this.#binary(value as ArrayBufferLike);
      case "[object Boolean]":
      case "[object Number]":
      case "[object String]":
        return this.write((value as { valueOf(): unknown }).valueOf());
    }
    const arrow = this.#options.arrowBytes?.(value);
    if (arrow) return this.#arrow(arrow.kind, arrow.bytes);
    const body = this.#options.bodyOf?.(value);
    if (body) return this.#body(body);
    this.#refuse(value);
  }

  /** Writes what the object's own `[fused.toFused]()` gives. */
  #converted(value: object): void {
    const given = (value as { [toFused]: () => unknown })[toFused]();
    if (given === value) this.#refuse(value);
    this.write(given);
  }

  #map(map: Map<unknown, unknown>): void {
    this.#out.byte(tags.map);
    this.#out.varint(map.size);
    for (const [key, value] of map) {
      this.#member("(key)", key);
      this.#member(typeof key === "string" || typeof key === "number" ? key : "(value)", value);
    }
  }

  #set(values: Set<unknown>): void {
    this.#out.byte(tags.set);
    this.#out.varint(values.size);
    for (const value of values) this.#member("(member)", value);
  }

  #binary(value: ArrayBufferView | ArrayBufferLike): void {
    const isView = ArrayBuffer.isView(value);
    const kind = viewKinds.indexOf(viewKindOf(value));
    const bytes = isView ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
    if (bytes.length < outOfLineBytes) {
      this.#out.byte(tags.inlineBinary);
      this.#out.byte(kind);
      this.#out.varint(bytes.length);
      this.#out.bytes(bytes);
    } else {
      this.#out.byte(tags.binary);
      this.#out.byte(kind);
      this.#out.varint(this.#buffer(bytes));
    }
  }

  /** The number of a buffer among those that travel beside the description. */
  #buffer(bytes: Uint8Array): number {
    const { buffer } = bytes;
    const isWhole = bytes.length === buffer.byteLength && buffer instanceof ArrayBuffer;
    const known = isWhole ? this.#bufferNumbers.get(buffer) : undefined;
    if (known !== undefined) return known;
    if (isWhole) this.#bufferNumbers.set(buffer, this.#buffers.length);
    this.#bufferBytes += bytes.length;
    this.#checkSize();
    return this.#buffers.push(isWhole ? bytes : copyOf(bytes)) - 1;
  }

  #arrow(kind: ArrowKind, bytes: Uint8Array): void {
    this.#hasTables = true;
    this.#out.byte(tags.arrow);
    this.#out.byte(arrowKinds.indexOf(kind));
    this.#binary(bytes);
  }

  #body(body: BodyOf): void {
    if (body.kind === "blob") {
      this.#out.byte(tags.blob);
      this.#string(body.type);
    } else {
      this.#out.byte(tags.response);
      this.#out.varint(body.status);
      this.write(body.headers);
    }
    this.#binary(body.bytes);
  }

  #checkSize(): void {
    const { maxBytes } = this.#options;
    if (maxBytes === undefined || this.#out.length + this.#textLength + this.#bufferBytes <= maxBytes) return;
    throw new TooLargeError(`The value takes more than the ${maxBytes.toLocaleString("en-US")} bytes allowed`);
  }

  #refuse(value: unknown): never {
    const { valueType, reason } = explainRefusal(value);
    throw new NotEncodableError(valueType, this.#where(), reason);
  }

  #refuseCircle(value: object): never {
    const back = pathText(this.#path.slice(0, this.#parents.indexOf(value))) || "the value itself";
    const className = Array.isArray(value) ? "Array" : "Object";
    throw new NotEncodableError(
      className,
      this.#where(),
      `A circular structure cannot travel: it leads back to ${back}`,
    );
  }

  #where(): string {
    return pathText(this.#path);
  }
}

function isSame(a: string[], b: string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function pathText(path: (string | number)[]): string {
  return path.map((key, i) => step(key, i === 0)).join("");
}

function step(key: string | number, isFirst: boolean): string {
  if (typeof key === "number") return `[${key}]`;
  if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return isFirst ? key : `.${key}`;
  return /^\(\w+\)$/.test(key) ? key : `[${JSON.stringify(key)}]`;
}

/** True for an object literal, of whichever realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf");
}

function viewKindOf(value: ArrayBufferView | ArrayBufferLike): (typeof viewKinds)[number] {
  const tag = Object.prototype.toString.call(value).slice(8, -1) as (typeof viewKinds)[number] | "SharedArrayBuffer";
  if (tag === "SharedArrayBuffer") return "ArrayBuffer";
  return viewKinds.includes(tag) ? tag : "Uint8Array";
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}
