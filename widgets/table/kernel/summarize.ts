import { setImmediate as breath } from "node:timers/promises";
import type { ColumnFile } from "../column-file.ts";
import type { CellKind, ColumnSummary } from "../table-spec.ts";
import { readColumn, type ColumnReader } from "./column-reader.ts";

const binCount = 20;
const topCount = 5;
/** Chunks that are read at most; of longer columns these many, evenly spread. */
const mostChunks = 64;
/** Different values that are counted one by one. */
const mostValues = 200_000;

/** Columns whose values nobody counts one by one. */
const uncounted: readonly CellKind[] = ["geometry", "image", "bytes", "list", "json"];

/** What a column holds. Lets other work in between chunks. */
export async function summarize(
  file: ColumnFile,
  column: number,
  kind: CellKind,
  signal: AbortSignal,
): Promise<ColumnSummary> {
  if (uncounted.includes(kind)) return { column, sampled: false, nulls: countNulls(file, column) };
  const reader = readColumn(file, column);
  const all = file.index.columns[column]!.chunks.length;
  const step = Math.max(1, all / mostChunks);
  const chunks = Array.from({ length: Math.min(all, mostChunks) }, (_none, i) => Math.floor(i * step));
  const found =
    reader.measure === "number" && !reader.codes
      ? await summarizeNumbers(reader, chunks, signal)
      : await summarizeValues(reader, chunks, signal);
  const { rows, ...summary } = found;
  const sampled = chunks.length < all;
  // Shares of the rows that were read stand for all.
  const scale = sampled && rows > 0 ? file.index.rowCount / rows : 1;
  return {
    column,
    sampled,
    ...summary,
    nulls: Math.round(summary.nulls * scale),
    // A count by hashing may be off by a little, and says more than there are rows.
    distinct: Math.min(summary.distinct!, rows - summary.nulls),
    ...(summary.bins && { bins: summary.bins.map((count) => Math.round(count * scale)) }),
    ...(summary.top && {
      top: summary.top.map(({ value, count }) => ({ value, count: Math.round(count * scale) })),
    }),
  };
}

function countNulls(file: ColumnFile, column: number): number {
  return file.index.columns[column]!.chunks.reduce(
    (sum, _place, chunk) => sum + file.chunk(column, chunk).nullCount,
    0,
  );
}

type Found = Omit<ColumnSummary, "column" | "sampled"> & { rows: number };

async function summarizeNumbers(reader: ColumnReader, chunks: number[], signal: AbortSignal): Promise<Found> {
  let [rows, nulls, min, max] = [0, 0, Infinity, -Infinity];
  const different = countDifferent();
  for (const chunk of chunks) {
    const numbers = reader.numbers(chunk);
    rows += numbers.length;
    for (let i = 0; i < numbers.length; i++) {
      const value = numbers[i]!;
      if (value !== value) nulls++;
      else {
        if (value < min && value !== -Infinity) min = value;
        if (value > max && value !== Infinity) max = value;
        different.addNumber(value);
      }
    }
    await pause(signal);
  }
  if (min > max) return { rows, nulls, distinct: different.count() };
  const bins = Array.from({ length: max > min ? binCount : 1 }, () => 0);
  const width = (max - min) / bins.length || 1;
  for (const chunk of chunks) {
    const numbers = reader.numbers(chunk);
    for (let i = 0; i < numbers.length; i++) {
      const value = numbers[i]!;
      if (value >= min && value <= max) bins[Math.min(bins.length - 1, Math.floor((value - min) / width))]!++;
    }
    await pause(signal);
  }
  return { rows, nulls, distinct: different.count(), min, max, bins };
}

async function summarizeValues(reader: ColumnReader, chunks: number[], signal: AbortSignal): Promise<Found> {
  let [rows, nulls] = [0, 0];
  const counts = new Map<string | number | boolean, number>();
  const different = countDifferent();
  const add = (cell: string | number | boolean | null, count: number) => {
    if (cell === null) nulls += count;
    else {
      const before = counts.get(cell);
      if (before !== undefined) counts.set(cell, before + count);
      else if (counts.size < mostValues) {
        counts.set(cell, count);
        if (counts.size === mostValues) for (const each of counts.keys()) different.addText(String(each));
      } else different.addText(String(cell));
    }
  };
  for (const chunk of chunks) {
    if (reader.codes) {
      const { codes, values } = reader.codes(chunk);
      const of = new Uint32Array(values.length + 1);
      for (let i = 0; i < codes.length; i++) of[codes[i]! + 1]!++;
      of.forEach((count, code) => count > 0 && add(code === 0 ? null : values[code - 1]!, count));
      rows += codes.length;
    } else {
      const cells = reader.cells(chunk);
      for (let i = 0; i < cells.length; i++) add(cells[i]!, 1);
      rows += cells.length;
    }
    await pause(signal);
  }
  const top = [...counts].sort(([, a], [, b]) => b - a).slice(0, topCount);
  return {
    rows,
    nulls,
    distinct: counts.size < mostValues ? counts.size : Math.max(mostValues, different.count()),
    top: top.map(([value, count]) => ({ value: typeof value === "string" ? value.slice(0, 200) : value, count })),
  };
}

/**
 * About how many different values there were: linear counting (Whang and others, 1990), within 1 % up to some millions; a
 * few are counted exactly.
 */
function countDifferent() {
  const size = 1 << 23;
  const few = new Set<number>();
  let bits: Uint8Array | undefined;
  let set = 0;
  const mark = (hash: number) => {
    const bit = (hash >>> 0) % size;
    const mask = 1 << (bit & 7);
    if ((bits![bit >> 3]! & mask) === 0) {
      bits![bit >> 3]! |= mask;
      set++;
    }
  };
  const words = new DataView(new ArrayBuffer(8));
  const markNumber = (value: number) => {
    words.setFloat64(0, value);
    mark(mixed(Math.imul(mixed(words.getInt32(0)), 0x9e3779b1) ^ words.getInt32(4)));
  };
  return {
    addNumber(value: number): void {
      if (bits) return markNumber(value);
      few.add(value);
      if (few.size <= 10_000) return;
      bits = new Uint8Array(size >> 3);
      for (const each of few) markNumber(each);
    },
    addText(text: string): void {
      bits ??= new Uint8Array(size >> 3);
      let hash = 0x811c9dc5;
      for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
      mark(mixed(hash));
    },
    count: () => (bits ? Math.round(-size * Math.log(Math.max(1, size - set) / size)) : few.size),
  };
}

/** Spreads the bits of a whole number (the finalizer of MurmurHash3). */
function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

async function pause(signal: AbortSignal): Promise<void> {
  await breath();
  signal.throwIfAborted();
}
