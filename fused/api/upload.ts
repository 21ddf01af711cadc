import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FusedError } from "../errors.ts";
import { readOptions } from "../option-names.ts";
import { fdPath } from "./fd-path.ts";
import { sendFile, type UploadSource } from "./send-file.ts";
import type { ServiceAddress } from "./service.ts";
import type { TransferOptions } from "./transfer-options.ts";

/** What can be uploaded: a path of this machine, bytes, a stream of them, or a table. */
export type Uploadable = string | Uint8Array | ArrayBuffer | Blob | AsyncIterable<Uint8Array> | object;

/**
 * Puts a file into the service's folder. Any text is a path of this machine: bytes of a text are `new TextEncoder().encode(text)`.
 * A table or GeoJSON is written in the format that the remote path's ending names (parquet, csv, geojson, …).
 * @returns the file's address @throws FusedError where the local file is not there, or the ending names no format
 */
export async function upload(
  service: ServiceAddress,
  data: Uploadable,
  remotePath: string,
  given?: TransferOptions,
): Promise<string> {
  const options = readOptions<TransferOptions>(given, ["timeout", "signal"], "fused.api.upload");
  const path = fdPath(remotePath, "fused.api.upload");
  if (typeof data === "string") return uploadPath(service, data, path, options);
  const bytes = await bytesOf(data);
  if (bytes) return sendFile(service, path, ofBytes(bytes), options);
  if (isStream(data)) return uploadStream(service, data, path, options);
  return sendFile(service, path, ofBytes(await encoded(data, path)), options);
}

async function bytesOf(data: Exclude<Uploadable, string>): Promise<Uint8Array | undefined> {
  if (data instanceof Blob) return new Uint8Array(await data.arrayBuffer());
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return undefined;
}

/** A stream of bytes; tables can be iterated too, but not asynchronously. */
const isStream = (data: object): data is AsyncIterable<Uint8Array> =>
  data instanceof Readable || typeof (data as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === "function";

async function encoded(data: object, path: string): Promise<Uint8Array> {
  const format = extname(path).slice(1).toLowerCase();
  if (format === "") {
    throw new FusedError(`${path}: a table needs an ending that names its format, such as .parquet, .csv or .geojson.`);
  }
  const { encode } = await import("../formats/index.ts");
  return (await encode(data, format)).bytes;
}

const ofBytes = (bytes: Uint8Array): UploadSource => ({
  size: bytes.length,
  read: async (start, end) => bytes.subarray(start, end),
});

async function uploadPath(service: ServiceAddress, local: string, path: string, options: TransferOptions) {
  const facts = await stat(local).catch(() => undefined);
  if (!facts?.isFile()) {
    const why = facts ? "is a folder" : "does not exist";
    throw new FusedError(
      `${local} ${why}. A text is the path of a file; to upload a text itself, encode it: new TextEncoder().encode(text).`,
    );
  }
  await using file = await open(local);
  const read = async (start: number, end: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    if (bytesRead < end - start) throw new FusedError(`${local} has become shorter while it was uploaded.`);
    return buffer;
  };
  return await sendFile(service, path, { size: facts.size, read }, options);
}

/** The size must be known, so that parts can be sent again: a stream goes through a file. */
async function uploadStream(
  service: ServiceAddress,
  stream: AsyncIterable<Uint8Array>,
  path: string,
  options: TransferOptions,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fused-upload-"));
  const local = join(folder, "stream");
  try {
    await pipeline(stream, createWriteStream(local, { mode: 0o600 }), { signal: options.signal });
    return await uploadPath(service, local, path, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
