import type { AsyncBuffer, FileMetaData, RowGroup } from "hyparquet";
import type { ParquetReader, RangeSource } from "../../engine/table-reader.ts";

/** A Parquet file whose footer has been read. */
export interface ParquetFile {
  source: RangeSource;
  metadata: FileMetaData;
  /** The last bytes of the file, which need no second request. */
  tail: { start: number; bytes: ArrayBuffer };
}

export interface RowsRequest {
  /** Numbers of row groups; all where absent. */
  rowGroups?: number[];
  columns?: string[];
  /** Most bytes that one request for neighbouring row groups takes. */
  batchSize: number;
}

/** Footers are read with the first request where they are not longer than this, bytes. */
const tailBytes = 64 * 1024;

/** Opens a Parquet file: one request, or two where its footer is long. @throws MissingFileError, Error for what is no Parquet */
export async function openParquet(source: RangeSource, { hyparquet }: ParquetReader): Promise<ParquetFile> {
  let { bytes, size } = await source.tail(tailBytes);
  const view = new DataView(bytes);
  const isParquet = bytes.byteLength >= 12 && view.getUint32(bytes.byteLength - 4, true) === 0x31524150;
  if (!isParquet) throw new Error(`${source.name} is no Parquet file: it does not end in PAR1.`);
  const footer = view.getUint32(bytes.byteLength - 8, true) + 8;
  if (footer > size) throw new Error(`${source.name} is damaged: its footer is longer than the file.`);
  if (footer > bytes.byteLength) bytes = await source.read(size - footer, size, "metadata");
  const metadata = hyparquet.parquetMetadata(bytes);
  return { source, metadata, tail: { start: size - bytes.byteLength, bytes } };
}

/**
 * Rows of some row groups as objects. What the columns need of one row group is one request, and row groups that follow
 * each other are fetched together up to `batchSize` bytes.
 */
export async function readRows(
  file: ParquetFile,
  { rowGroups, columns, batchSize }: RowsRequest,
  { hyparquet, compressors }: ParquetReader,
): Promise<Record<string, unknown>[]> {
  const { metadata } = file;
  const starts = firstRows(metadata.row_groups);
  const wanted = rowGroups ?? metadata.row_groups.map((_group, i) => i);
  const buffer = await prefetch(file, planRanges(metadata, wanted, columns, batchSize));
  const rows: Record<string, unknown>[] = [];
  for (const [first, last] of runsOf(wanted)) {
    const [rowStart, rowEnd] = [starts[first]!, starts[last + 1]!];
    const options = { file: buffer, metadata, columns, rowStart, rowEnd, compressors };
    for (const row of await hyparquet.parquetReadObjects(options)) rows.push(row);
  }
  return rows;
}

export interface ByteSpan {
  start: number;
  end: number;
}

/** Spans of a file to request for some columns of some row groups. */
function planRanges(
  { row_groups: groups }: FileMetaData,
  wanted: number[],
  columns: string[] | undefined,
  batchSize: number,
): ByteSpan[] {
  const spans: ByteSpan[] = [];
  for (const number of wanted) {
    const own = mergeSpans(columnSpans(groups[number]!, columns), 0, Infinity);
    const last = spans.at(-1);
    const [first] = own;
    // Only the end of one group and the beginning of the next can be neighbours.
    if (last && first && first.start === last.end && first.end - last.start <= batchSize) {
      last.end = first.end;
      own.shift();
    }
    spans.push(...own);
  }
  return spans;
}

/** Where a row group's columns lie in the file; all columns where none are named. */
function columnSpans({ columns: chunks }: RowGroup, names?: string[]): ByteSpan[] {
  return chunks.flatMap(({ meta_data: chunk }) => {
    if (!chunk || (names && !names.includes(chunk.path_in_schema[0]!))) return [];
    const offsets = [chunk.dictionary_page_offset, chunk.data_page_offset].filter(
      (each) => each !== undefined && each > 0n,
    );
    const start = Math.min(...offsets.map(Number));
    return [{ start, end: start + Number(chunk.total_compressed_size) }];
  });
}

/** Spans in order, those joined that lie no further apart than `gap` while they stay below `most` bytes. */
function mergeSpans(spans: ByteSpan[], gap: number, most: number): ByteSpan[] {
  const merged: ByteSpan[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start - last.end <= gap && end - last.start <= most) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

async function prefetch({ source, tail }: ParquetFile, spans: ByteSpan[]): Promise<AsyncBuffer> {
  const held = [{ start: tail.start, bytes: tail.bytes }];
  const isHeld = ({ start, end }: ByteSpan) => start >= tail.start && end <= tail.start + tail.bytes.byteLength;
  const fetched = spans.filter((span) => !isHeld(span));
  held.push(
    ...(await Promise.all(fetched.map(async ({ start, end }) => ({ start, bytes: await source.read(start, end) })))),
  );
  const size = tail.start + tail.bytes.byteLength;
  return {
    byteLength: size,
    slice(start, end = size) {
      const holder = held.find((each) => start >= each.start && end <= each.start + each.bytes.byteLength);
      return holder ? holder.bytes.slice(start - holder.start, end - holder.start) : source.read(start, end);
    },
  };
}

function firstRows(groups: RowGroup[]): number[] {
  const starts = [0];
  for (const { num_rows: rows } of groups) starts.push(starts.at(-1)! + Number(rows));
  return starts;
}

/** `[3, 4, 5, 8]` → `[[3, 5], [8, 8]]`. */
function runsOf(numbers: number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}
