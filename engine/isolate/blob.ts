/** https://w3c.github.io/FileAPI/#blob-section, without streams. */
export class Blob {
  #bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;

  constructor(parts: Iterable<unknown> = [], options: { type?: string } = {}) {
    const chunks = [...parts].map(bytesOfPart);
    const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#bytes = bytes;
    this.type = String(options.type ?? "").toLowerCase();
  }

  get size(): number {
    return this.#bytes.length;
  }

  slice(start?: number, end?: number, type = ""): Blob {
    return new Blob([this.#bytes.slice(start, end)], { type });
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes.slice();
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(this.#bytes);
  }

  get [Symbol.toStringTag](): string {
    return "Blob";
  }

  /** The bytes of a Blob without waiting, for code that must have them now. */
  static bytesOf(value: object): { type: string; bytes: Uint8Array<ArrayBuffer> } | undefined {
    return #bytes in value ? { type: (value as Blob).type, bytes: (value as Blob).#bytes } : undefined;
  }
}

function bytesOfPart(part: unknown): Uint8Array {
  if (part instanceof Blob) return Blob.bytesOf(part)!.bytes;
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  return new TextEncoder().encode(String(part));
}
