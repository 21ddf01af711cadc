import { arrowKindOf } from "../values/arrow-ipc.ts";
import { toFused, viewKinds } from "../values/encoded-value.ts";
import { writeArrowContent } from "./arrow-content.ts";

/** Takes the content of a value piece by piece: a hash, or a list. */
export interface ContentSink {
  write(piece: string | Uint8Array): void;
}

export interface ContentOptions {
  /** The text that stands for a function's content. Default: its source. */
  codeOf?: (fn: object) => string | undefined;
}

/** A value that has no content by which it could be known again. */
export class ContentError extends TypeError {
  override name = "ContentError";
  /** Where in the value, e.g. `.rows[3]`. */
  readonly path: string;
  readonly what: string;

  constructor(path: string, what: string) {
    super(`${path || "The value"} is ${what}, which has no content to compare`);
    this.path = path;
    this.what = what;
  }
}

/**
 * Writes a value's content so that two values write the same exactly when they are equal: types differ (1 is not "1"),
 * objects and Maps are independent of the order of their keys, Sets of that of their members, tables of how they are cut
 * into batches, functions are their source (fused-spec.md 10.2). Plain JavaScript, so that an isolate can do it too.
 * @throws ContentError for what cannot be compared: sockets, promises, native functions, circular structures
 */
export function writeContent(value: unknown, sink: ContentSink, options: ContentOptions = {}): void {
  new ContentWriter(sink, options).write(value, "");
}

class ContentWriter {
  #sink: ContentSink;
  #options: ContentOptions;
  #parents: object[] = [];

  constructor(sink: ContentSink, options: ContentOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  write(value: unknown, path: string): void {
    switch (typeof value) {
      case "string":
        return this.#text("s", value);
      case "number":
        return this.#sink.write(`d${Object.is(value, -0) ? "-0" : value};`);
      case "bigint":
        return this.#sink.write(`b${value};`);
      case "boolean":
        return this.#sink.write(value ? "t" : "f");
      case "undefined":
        return this.#sink.write("u");
      case "function":
        return this.#function(value, path);
      case "object":
        if (value === null) return this.#sink.write("n");
        return this.#object(value, path);
      default:
        throw new ContentError(path, "a symbol");
    }
  }

  #text(tag: string, text: string): void {
    this.#sink.write(`${tag}${text.length}:${text}`);
  }

  #function(fn: object, path: string): void {
    const code = this.#options.codeOf?.(fn) ?? Function.prototype.toString.call(fn);
    if (/\{\s*\[native code\]\s*\}$/.test(code)) throw new ContentError(path, "a native function");
    this.#text("F", code);
  }

  #object(value: object, path: string): void {
    if (this.#parents.includes(value)) throw new ContentError(path, "part of a circle");
    this.#parents.push(value);
    this.#members(value, path);
    this.#parents.pop();
  }

  #members(value: object, path: string): void {
    if (Array.isArray(value)) {
      this.#sink.write(`A${value.length}:`);
      for (let i = 0; i < value.length; i++) this.write(value[i], `${path}[${i}]`);
      return;
    }
    const convert = (value as { [toFused]?: () => unknown })[toFused];
    if (typeof convert === "function") return this.write(convert.call(value), path);
    if (isPlain(value)) return this.#plain(value as Record<string, unknown>, path);
    if (ArrayBuffer.isView(value)) {
      return this.#binary(tagOf(value), new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    const kind = arrowKindOf(value);
    if (kind) return writeArrowContent(value, this.#sink, (each) => this.write(each, path));
    this.#instance(value, path);
  }

  #plain(value: Record<string, unknown>, path: string): void {
    const keys = Object.keys(value).sort();
    this.#sink.write(`O${keys.length}:`);
    for (const key of keys) {
      this.#text("k", key);
      this.write(value[key], `${path}.${key}`);
    }
  }

  #instance(value: object, path: string): void {
    switch (tagOf(value)) {
      case "Date":
        return this.#sink.write(`D${Number(value)};`);
      case "Map": {
        const entries = [...(value as Map<unknown, unknown>)];
        return this.#unordered(
          "M",
          entries.map(([key, each]) => this.#contentOf([key, each], path)),
        );
      }
      case "Set":
        return this.#unordered(
          "S",
          [...(value as Set<unknown>)].map((each) => this.#contentOf(each, path)),
        );
      case "ArrayBuffer":
      case "SharedArrayBuffer":
        return this.#binary("ArrayBuffer", new Uint8Array(value as ArrayBuffer));
      case "RegExp":
        return this.#text("R", String(value));
      case "Error":
        return this.#text("E", `${(value as Error).name}: ${(value as Error).message}`);
      case "URL":
        return this.#text("L", String(value));
      case "Boolean":
      case "Number":
      case "String":
        return this.write((value as { valueOf(): unknown }).valueOf(), path);
    }
    throw new ContentError(path, `a ${className(value)}`);
  }

  #binary(tag: string, bytes: Uint8Array): void {
    this.#sink.write(`V${viewKinds.includes(tag as never) ? tag : "Uint8Array"}${bytes.length}:`);
    this.#sink.write(bytes);
  }

  /** Contents in an order of their own: that of the text they write. */
  #unordered(tag: string, contents: string[]): void {
    this.#sink.write(`${tag}${contents.length}:`);
    for (const content of contents.sort()) this.#sink.write(content);
  }

  #contentOf(value: unknown, path: string): string {
    const pieces: string[] = [];
    const write = (piece: string | Uint8Array) => pieces.push(typeof piece === "string" ? piece : latin1(piece));
    const inner = new ContentWriter({ write }, this.#options);
    inner.#parents = this.#parents;
    inner.write(value, path);
    return pieces.join("");
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf"))
  );
}

function tagOf(value: object): string {
  if (value instanceof Error) return "Error";
  return Object.prototype.toString.call(value).slice(8, -1);
}

function className(value: object): string {
  const { constructor } = value as { constructor?: { name?: unknown } };
  return typeof constructor?.name === "string" && constructor.name !== "" ? constructor.name : tagOf(value);
}
