import { open, type FileHandle } from "node:fs/promises";
import type { ColumnChunk, FileMetaData } from "hyparquet";
import type { OpenUrl } from "../files/download.ts";

/**
 * A Parquet file far away, as a file of the same size of which only the parts that are needed are there: the footer first,
 * so that a query can be planned, then the columns that the plan reads. The rest is a hole.
 */
export interface RemoteParquet {
  url: URL;
  path: string;
  /** Names of the file's columns. */
  columns: string[];
  /** Fetches columns that are not here yet. */
  fetchColumns(names: string[]): Promise<void>;
}

interface Span {
  start: number;
  end: number;
}

const tailBytes = 64 * 1024;
/** Bytes between two parts that are rather fetched along than asked for anew, and most that one request fetches. */
const gap = 32 * 1024;
const mostSpan = 16 * 1024 * 1024;
const atOnce = 6;

/**
 * Starts the copy of a remote Parquet file with its footer; of a server that knows no ranges with all of it.
 * @throws Error where the answer is no Parquet; what `openUrl` throws
 */
export async function openRemoteParquet(
  url: URL,
  path: string,
  openUrl: OpenUrl,
  signal?: AbortSignal,
): Promise<RemoteParquet> {
  const { parquetMetadata } = await import("hyparquet");
  const fetchSpan = async (range: string) => {
    const answer = await openUrl(url, { range: `bytes=${range}`, "accept-encoding": "identity" }, signal);
    if (answer.status !== 206 && answer.status !== 200) {
      await (answer.body as { cancel?: () => Promise<void> } | null)?.cancel?.();
      throw new Error(
        `fused.sql: ${url.href} answered ${answer.status}${answer.statusText ? ` ${answer.statusText}` : ""}.`,
      );
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body ?? []) chunks.push(chunk);
    const total = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1];
    return {
      bytes: Buffer.concat(chunks),
      isWhole: answer.status === 200,
      size: total === undefined ? undefined : Number(total),
    };
  };
  const tail = await fetchSpan(`-${tailBytes}`);
  const size = tail.isWhole ? tail.bytes.length : tail.size;
  if (size === undefined) throw new Error(`fused.sql: ${url.href} does not say how long it is.`);
  let end = tail.bytes;
  if (end.length < 12 || end.toString("latin1", end.length - 4) !== "PAR1") {
    throw new Error(`fused.sql: ${url.href} is no Parquet file: it does not end in PAR1.`);
  }
  const footer = end.readUInt32LE(end.length - 8) + 8;
  if (footer > end.length && footer <= size) end = (await fetchSpan(`${size - footer}-${size - 1}`)).bytes;

  const file = await open(path, "wx", 0o600);
  try {
    await file.truncate(size);
    await file.write("PAR1", 0, "latin1");
    await file.write(end, 0, end.length, size - end.length);
  } finally {
    await file.close();
  }
  const metadata = parquetMetadata(end.buffer.slice(end.byteOffset, end.byteOffset + end.length) as ArrayBuffer);
  const columns = [...new Set(chunksOf(metadata).map((chunk) => chunk.meta_data!.path_in_schema[0]!))];
  const here = new Set(tail.isWhole ? columns : []);
  const fetchColumns = async (names: string[]) => {
    const missing = names.filter((name) => !here.has(name));
    const spans = chunksOf(metadata)
      .filter((chunk) => missing.includes(chunk.meta_data!.path_in_schema[0]!))
      .flatMap((chunk) => spansOf(chunk, size));
    const handle = await open(path, "r+");
    try {
      await fetchAll(merge(spans), async ({ start, end: to }) => {
        const { bytes } = await fetchSpan(`${start}-${to - 1}`);
        await writeAll(handle, bytes, start);
      });
    } finally {
      await handle.close();
    }
    for (const name of missing) here.add(name);
  };
  return { url, path, columns, fetchColumns };
}

function chunksOf({ row_groups: groups }: FileMetaData): ColumnChunk[] {
  return groups.flatMap(({ columns }) => columns.filter(({ meta_data: meta }) => meta !== undefined));
}

/** The pages of a column chunk, and the Bloom filter that lies elsewhere. */
function spansOf({ meta_data: chunk }: ColumnChunk, size: number): Span[] {
  const { dictionary_page_offset: dictionary, data_page_offset: data, total_compressed_size: length } = chunk!;
  const start = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data);
  const spans = [{ start, end: start + Number(length) }];
  const { bloom_filter_offset: bloom, bloom_filter_length: bloomLength } = chunk!;
  if (bloom !== undefined) {
    const from = Number(bloom);
    spans.push({ start: from, end: Math.min(size, from + Number(bloomLength ?? 64 * 1024)) });
  }
  return spans;
}

function merge(spans: Span[]): Span[] {
  const merged: Span[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start - last.end <= gap && end - last.start <= mostSpan) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

async function fetchAll(spans: Span[], fetchOne: (span: Span) => Promise<void>): Promise<void> {
  const rest = [...spans];
  const worker = async () => {
    for (let span = rest.shift(); span; span = rest.shift()) await fetchOne(span);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, spans.length) }, worker));
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}
