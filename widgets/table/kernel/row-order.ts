import { setImmediate as breath } from "node:timers/promises";
import type { ColumnFile } from "../column-file.ts";
import type { Condition, RowOrder, SortStep } from "../table-spec.ts";
import { readColumn, type ColumnReader } from "./column-reader.ts";
import { sortByNumbers } from "./radix-sort.ts";

/** The numbers of the rows that are shown, in their order; undefined: all of them, as they stand in the table. */
export type RowIds = Uint32Array | undefined;

/** Texts are compared one by one, which takes too long for more rows than this. */
const mostTexts = 20_000_000;

/**
 * Which rows an order shows. Lets other work in between chunks.
 * @throws RangeError where a column is too long to be sorted
 */
export async function orderRows(file: ColumnFile, { sort, filter }: RowOrder, signal: AbortSignal): Promise<RowIds> {
  const kept = filter.length > 0 ? await filterRows(file, filter, signal) : undefined;
  if (sort.length === 0) return kept;
  const ids = kept ?? allRows(file.index.rowCount);
  for (const step of [...sort].reverse()) {
    const keys = await sortKeys(file, step, ids, signal);
    await breath();
    signal.throwIfAborted();
    sortByNumbers(ids, keys, step.descending);
  }
  return ids;
}

function allRows(count: number): Uint32Array {
  const ids = new Uint32Array(count);
  for (let row = 0; row < count; row++) ids[row] = row;
  return ids;
}

/** A number for each row that compares as its cell does. */
async function sortKeys(file: ColumnFile, { column }: SortStep, ids: Uint32Array, signal: AbortSignal) {
  const { rowCount, chunkRows } = file.index;
  const reader = readColumn(file, column);
  const keys = new Float64Array(rowCount);
  const chunks = file.index.columns[column]!.chunks.length;
  if (reader.measure === "number") {
    for (let chunk = 0; chunk < chunks; chunk++) {
      keys.set(reader.numbers(chunk), chunk * chunkRows);
      await pause(signal);
    }
    return keys;
  }
  if (reader.codes) {
    let ranks: Float64Array | undefined;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const { codes, values } = reader.codes(chunk);
      ranks ??= ranksOf(values);
      for (let i = 0; i < codes.length; i++) keys[chunk * chunkRows + i] = codes[i]! < 0 ? NaN : ranks[codes[i]!]!;
      await pause(signal);
    }
    return keys;
  }
  if (ids.length > mostTexts) {
    throw new RangeError(
      `${file.fields[column]!.name} has ${rowCount.toLocaleString("en-US")} texts; up to 20 million are sorted here. ` +
        "Filter first, or sort with fused.sql.",
    );
  }
  const places = new Map<string | number | boolean | null, number>();
  for (let chunk = 0; chunk < chunks; chunk++) {
    const cells = reader.cells(chunk);
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      let place = places.get(cell);
      if (place === undefined) places.set(cell, (place = places.size));
      keys[chunk * chunkRows + i] = place;
    }
    await pause(signal);
  }
  const ranks = ranksOf([...places.keys()]);
  for (let row = 0; row < keys.length; row++) keys[row] = ranks[keys[row]!]!;
  return keys;
}

/** The place of each value among all, by code units, as `Array#sort` has it; NaN for null. */
function ranksOf(values: (string | number | boolean | null)[]): Float64Array {
  const order = values.map((value, place) => [value, place] as const).filter(([value]) => value !== null);
  order.sort(([a], [b]) => (a! < b! ? -1 : a! > b! ? 1 : 0));
  const ranks = new Float64Array(values.length).fill(NaN);
  order.forEach(([, place], rank) => (ranks[place] = rank));
  return ranks;
}

async function filterRows(file: ColumnFile, conditions: Condition[], signal: AbortSignal): Promise<Uint32Array> {
  const { rowCount, chunkRows } = file.index;
  const readers = new Map(conditions.map(({ column }) => [column, readColumn(file, column)]));
  const found: Uint32Array[] = [];
  let count = 0;
  for (let start = 0; start < rowCount; start += chunkRows) {
    const length = Math.min(chunkRows, rowCount - start);
    const holds = new Uint8Array(length).fill(1);
    for (const condition of conditions) test(condition, readers.get(condition.column)!, start / chunkRows, holds);
    const ids = new Uint32Array(length);
    let end = 0;
    for (let i = 0; i < length; i++) if (holds[i] === 1) ids[end++] = start + i;
    found.push(ids.slice(0, end));
    count += end;
    await pause(signal);
  }
  const all = new Uint32Array(count);
  let at = 0;
  for (const ids of found) {
    all.set(ids, at);
    at += ids.length;
  }
  return all;
}

/** Clears the mark of each row of a chunk that does not meet the condition. */
function test(condition: Condition, reader: ColumnReader, chunk: number, holds: Uint8Array): void {
  if (condition.op === "range") {
    const { min = -Infinity, max = Infinity, closed = true } = condition;
    const numbers = reader.numbers(chunk);
    for (let i = 0; i < holds.length; i++) {
      const value = numbers[i]!;
      if (!(value >= min && (closed ? value <= max : value < max))) holds[i] = 0;
    }
    return;
  }
  const meets = predicate(condition);
  if (reader.codes) {
    const { codes, values } = reader.codes(chunk);
    const met = values.map(meets);
    const nullMeets = meets(null);
    for (let i = 0; i < holds.length; i++) if (!(codes[i]! < 0 ? nullMeets : met[codes[i]!])) holds[i] = 0;
    return;
  }
  const cells = reader.cells(chunk);
  for (let i = 0; i < holds.length; i++) if (!meets(cells[i]!)) holds[i] = 0;
}

function predicate(
  condition: Exclude<Condition, { op: "range" }>,
): (cell: string | number | boolean | null) => boolean {
  switch (condition.op) {
    case "null":
      return (cell) => cell === null;
    case "present":
      return (cell) => cell !== null;
    case "contains": {
      const text = condition.text.toLowerCase();
      return (cell) => cell !== null && String(cell).toLowerCase().includes(text);
    }
    case "in": {
      const values = new Set(condition.values.map(String));
      return (cell) => cell !== null && values.has(String(cell));
    }
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await breath();
  signal.throwIfAborted();
}
