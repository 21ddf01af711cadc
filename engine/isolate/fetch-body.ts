import { Blob } from "./blob.ts";
import { URLSearchParams } from "./url-search-params.ts";

/** Bytes of anything that may be the body of a request or response, and the media type it stands for. */
export function readBody(body: unknown): { bytes: Uint8Array<ArrayBuffer> | undefined; type: string | undefined } {
  if (body === undefined || body === null) return { bytes: undefined, type: undefined };
  if (body instanceof ArrayBuffer) return { bytes: new Uint8Array(body.slice(0)), type: undefined };
  if (ArrayBuffer.isView(body)) {
    return { bytes: new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice(), type: undefined };
  }
  const blob = typeof body === "object" ? Blob.bytesOf(body) : undefined;
  if (blob) return { bytes: blob.bytes, type: blob.type || undefined };
  const type =
    body instanceof URLSearchParams ? "application/x-www-form-urlencoded;charset=UTF-8" : "text/plain;charset=UTF-8";
  return { bytes: new TextEncoder().encode(String(body)), type };
}

/** https://fetch.spec.whatwg.org/#body-mixin: a body that is wholly there, and can be read once. */
export class Body {
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #isUsed = false;

  constructor(bytes: Uint8Array<ArrayBuffer> | undefined) {
    this.#bytes = bytes;
  }

  get bodyUsed(): boolean {
    return this.#isUsed;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isUsed) throw new TypeError("The body has been read already: clone() before reading it twice.");
    this.#isUsed = this.#bytes !== undefined;
    return this.#bytes ?? new Uint8Array(0);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown;
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.bytes()]);
  }

  /** The bytes as they are, read or not; undefined for an object that is no Body. */
  static bytesOf(value: object): Uint8Array<ArrayBuffer> | undefined {
    return #bytes in value ? (value as Body).#bytes : undefined;
  }
}
