import type { RangeSource, TableReader } from "../../engine/table-reader.ts";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { FeatureCollection, Polygon } from "geojson";
import { resolveFileUrl } from "../../engine/files/file-url.ts";
import { cellSignal } from "../cell-hooks.ts";
import { FusedError } from "../errors.ts";
import { readOptions } from "../option-names.ts";
import { options } from "../options.ts";
import * as chunks from "./chunks.ts";
import { httpSource, MissingFileError, type FetchRange } from "./range-source.ts";

export type { Chunk, ChunkOptions, ChunkProperties } from "./chunks.ts";

/**
 * The chunks of a partitioned table: `file_id`, `chunk_id` and the box of each (fused-spec.md 12).
 * @param url the table's folder: an address (https, s3, gs, fd) or a path
 * @throws NotFoundError naming the files that were looked for
 */
export async function getChunksMetadata(url: string): Promise<FeatureCollection<Polygon, chunks.ChunkProperties>> {
  return chunks.getChunksMetadata(String(url), await tableReader());
}

/**
 * Reads one chunk of a partitioned table, by range requests where it is far away.
 * @param fileId names the file; null where `url` is a single Parquet file
 * @param chunkId number of the row group; null for the whole file
 * @throws NotFoundError, UdfParameterError naming what there is
 */
export async function getChunkFromTable(
  url: string,
  fileId: string | number | null,
  chunkId: number | null = null,
  given?: chunks.ChunkOptions,
): Promise<chunks.Chunk> {
  const read = readOptions<chunks.ChunkOptions>(given, ["columns"], "fused.getChunkFromTable");
  return chunks.getChunkFromTable(String(url), fileId, chunkId, read, await tableReader());
}

async function tableReader(): Promise<TableReader> {
  const [hyparquet, { compressors }] = await Promise.all([import("hyparquet"), import("hyparquet-compressors")]);
  return { hyparquet, compressors, open: openAddress, rowGroupBatchSize: options.rowGroupBatchSize };
}

function openAddress(address: string): RangeSource {
  if (address.startsWith("file:")) return fileSource(fileURLToPath(address));
  if (!/^[a-z][a-z0-9+]+:\/\//i.test(address)) return fileSource(address);
  return httpSource(resolveFileUrl(address, options.fdPrefix).href, fetchRange);
}

const fetchRange: FetchRange = async (url, range, what) => {
  const option = what === "metadata" ? "metadataRequestTimeout" : "requestTimeout";
  const seconds = [options[option]].flat().reduce((sum, each) => sum + each);
  const limit = AbortSignal.timeout(Math.ceil(seconds * 1000));
  const cell = cellSignal();
  try {
    const answer = await fetch(url, { headers: { range }, signal: cell ? AbortSignal.any([cell, limit]) : limit });
    // The body counts, too: it is read while the limit holds.
    const bytes = await answer.arrayBuffer();
    return { status: answer.status, headers: answer.headers, arrayBuffer: async () => bytes };
  } catch (error) {
    if (!limit.aborted || cell?.aborted) throw error;
    throw new FusedError(`${url} did not give its ${what} within ${seconds} s (the option ${option}).`, {
      cause: error,
    });
  }
};

function fileSource(path: string): RangeSource {
  const read = async (start: (size: number) => number, length: (size: number) => number) => {
    const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ENOENT" ? new MissingFileError(`${path} is not there`) : error;
    });
    try {
      const { size } = await handle.stat();
      const bytes = new Uint8Array(length(size));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start(size));
      return { bytes: bytes.buffer.slice(0, bytesRead), size };
    } finally {
      await handle.close();
    }
  };
  return {
    name: path,
    tail: (count) =>
      read(
        (size) => Math.max(0, size - count),
        (size) => Math.min(size, count),
      ),
    read: async (start, end) =>
      (
        await read(
          () => start,
          () => end - start,
        )
      ).bytes,
  };
}
