import { open, stat } from "node:fs/promises";
import type { OpenUrl } from "../files/download.ts";

/** A part of a file. */
export interface Slice {
  offset: number;
  length: number;
}

/** A file of which parts can be read, as the GeoTIFF reader takes it. */
export interface ByteSource {
  fetch(slices: Slice[]): Promise<ArrayBuffer[]>;
  fetchSlice(slice: Slice): Promise<Slice & { data: ArrayBuffer }>;
  readonly fileSize: number | null;
  close(): Promise<void>;
}

/** Files are fetched in blocks of this size, so that a header and its neighbours come with one request. */
const blockBytes = 64 * 1024;
/** Blocks of one file that are kept. */
const mostBlocks = 256;
/** A server that does not know ranges sends the whole; up to this it is taken. */
const mostWhole = 64 * 1024 * 1024;
/** A part that one request of the reader may ask for. */
const mostSlice = 256 * 1024 * 1024;

type ReadRange = (start: number, end: number) => Promise<Uint8Array>;

/** A file behind an address, read by HTTP ranges. */
export function urlSource(url: URL, openUrl: OpenUrl): ByteSource {
  let version: string | undefined;
  let whole: Uint8Array | undefined;
  const readRange: ReadRange = async (start, end) => {
    if (whole) return whole.subarray(start, end);
    const headers = { range: `bytes=${start}-${end - 1}`, "accept-encoding": "identity" };
    const answer = await openUrl(url, headers);
    const isWhole = answer.status === 200;
    // 416: the file ends before the block does.
    if (!isWhole && answer.status !== 206) {
      await (answer.body as { cancel?(): Promise<void> } | null)?.cancel?.();
      if (answer.status === 416) return new Uint8Array(0);
      throw new Error(
        `fused.readRaster: ${url.href} answered ${answer.status} ${answer.statusText ?? ""}`.trim() + ".",
      );
    }
    const told = answer.headers.get("etag") ?? answer.headers.get("last-modified") ?? "";
    if (version !== undefined && version !== told)
      throw new Error(`fused.readRaster: ${url.href} changed while it was read.`);
    version = told;
    const bytes = await collect(answer.body as AsyncIterable<Uint8Array>, isWhole ? mostWhole : end - start, url);
    if (!isWhole) return bytes;
    whole = bytes;
    return whole.subarray(start, end);
  };
  return new BlockSource(readRange, async () => {});
}

async function collect(body: AsyncIterable<Uint8Array> | null, most: number, url: URL): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > most) {
      throw new Error(
        `fused.readRaster: ${url.href} does not serve parts of the file (HTTP ranges) and is larger than ` +
          `${mostWhole / 1024 / 1024} MiB. Download it with fused.download and read the file.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A file of this machine. `version` changes when the file does. */
export async function fileSource(path: string): Promise<ByteSource> {
  const { size } = await stat(path);
  const handle = await open(path, "r");
  const readRange: ReadRange = async (start, end) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  };
  return new BlockSource(readRange, () => handle.close());
}

class BlockSource implements ByteSource {
  readonly fileSize = null;
  #readRange: ReadRange;
  #close: () => Promise<void>;
  #blocks = new Map<number, Promise<Uint8Array>>();

  constructor(readRange: ReadRange, close: () => Promise<void>) {
    this.#readRange = readRange;
    this.#close = close;
  }

  fetch(slices: Slice[]): Promise<ArrayBuffer[]> {
    return Promise.all(slices.map((slice) => this.#read(slice)));
  }

  async fetchSlice(slice: Slice): Promise<Slice & { data: ArrayBuffer }> {
    return { ...slice, data: await this.#read(slice) };
  }

  close(): Promise<void> {
    this.#blocks.clear();
    return this.#close();
  }

  async #read({ offset, length }: Slice): Promise<ArrayBuffer> {
    if (!(length >= 0 && length <= mostSlice && offset >= 0))
      throw new RangeError("This TIFF's offsets make no sense.");
    const [first, last] = [
      Math.floor(offset / blockBytes),
      Math.floor((offset + Math.max(length, 1) - 1) / blockBytes),
    ];
    this.#ask(first, last);
    const blocks: Promise<Uint8Array>[] = [];
    for (let block = first; block <= last; block++) blocks.push(this.#blocks.get(block)!);
    const made = new Uint8Array(length);
    let end = 0;
    (await Promise.all(blocks)).forEach((bytes, i) => {
      const start = (first + i) * blockBytes;
      const part = bytes.subarray(Math.max(0, offset - start), Math.max(0, offset + length - start));
      const to = Math.max(0, start - offset);
      made.set(part, to);
      if (part.length > 0) end = to + part.length;
    });
    this.#forget(last - first + 1);
    // The file may end within the part: what there is of it, as the reader expects at a file's end.
    return end < length ? made.buffer.slice(0, end) : made.buffer;
  }

  /** Asks for the blocks that are not here, neighbours with one request. */
  #ask(first: number, last: number): void {
    for (let block = first; block <= last; block++) {
      const known = this.#blocks.get(block);
      if (known) {
        this.#blocks.delete(block);
        this.#blocks.set(block, known);
        continue;
      }
      let end = block + 1;
      while (end <= last && !this.#blocks.has(end)) end++;
      const start = block;
      const bytes = this.#readRange(start * blockBytes, end * blockBytes);
      for (; block < end; block++) {
        const at = (block - start) * blockBytes;
        const part = bytes.then((whole) => whole.slice(at, at + blockBytes));
        part.catch(() => this.#blocks.delete(at / blockBytes + start));
        this.#blocks.set(block, part);
      }
      block--;
    }
  }

  /** Lets go of the blocks that were not used for longest. */
  #forget(wanted: number): void {
    const most = Math.max(mostBlocks, wanted);
    for (const block of this.#blocks.keys()) {
      if (this.#blocks.size <= most) return;
      this.#blocks.delete(block);
    }
  }
}
