import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type * as Arrow from "apache-arrow";

type ArrowModule = typeof Arrow;

/**
 * Where the cells of a table lie in its file. Each column is cut into chunks of equally many rows; a chunk is an Arrow IPC
 * stream with that one column. A page of rows, or one column of three hundred, is then read without the rest.
 */
export interface ColumnIndex {
  rowCount: number;
  chunkRows: number;
  /** An IPC stream of the table without rows: names, types and metadata of the fields. */
  schema: Uint8Array;
  columns: StoredColumn[];
}

export interface StoredColumn {
  /** Start and length of each chunk, bytes. Of a dictionary column the chunks hold its indices. */
  chunks: [start: number, length: number][];
  /** The values that the indices of a dictionary column mean, as an IPC stream of one column. */
  dictionary?: [start: number, length: number];
}

const smallChunk = 1 << 16;
const largeChunk = 1 << 18;
/** From so many rows on chunks are large. */
const manyRows = 4_000_000;

/**
 * Writes a table's columns.
 * @throws what the file system has against it
 */
export function writeColumns(arrow: ArrowModule, table: Arrow.Table, path: string): ColumnIndex {
  const file = openSync(path, "wx", 0o600);
  let end = 0;
  const put = (column: Arrow.Vector): [number, number] => {
    const bytes = arrow.tableToIPC(new arrow.Table({ c: column }), "stream");
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, end + done);
    end += bytes.length;
    return [end - bytes.length, bytes.length];
  };
  try {
    const rowCount = table.numRows;
    const chunkRows = rowCount < manyRows ? smallChunk : largeChunk;
    const columns = table.schema.fields.map((field, i): StoredColumn => {
      const vector = table.getChildAt(i)!;
      const dictionary = oneDictionary(arrow, vector);
      const chunks: [number, number][] = [];
      for (let row = 0; row < rowCount; row += chunkRows) {
        const slice = vector.slice(row, Math.min(rowCount, row + chunkRows));
        chunks.push(put(dictionary ? indicesOf(arrow, slice) : whole(arrow, slice, field.type)));
      }
      return { chunks, ...(dictionary && { dictionary: put(dictionary) }) };
    });
    const schema = arrow.tableToIPC(new arrow.Table(table.schema), "stream");
    return { rowCount, chunkRows, schema, columns };
  } finally {
    closeSync(file);
  }
}

/** The dictionary that all parts of a column share; undefined where they have several, or the column is none of these. */
function oneDictionary(arrow: ArrowModule, vector: Arrow.Vector): Arrow.Vector | undefined {
  if (!arrow.DataType.isDictionary(vector.type)) return undefined;
  const [first, ...others] = vector.data.map(({ dictionary }) => dictionary);
  return others.every((each) => each === first) ? first : undefined;
}

/** The indices of a dictionary column as a column of whole numbers. */
function indicesOf(arrow: ArrowModule, slice: Arrow.Vector): Arrow.Vector {
  const type = (slice.type as Arrow.Dictionary).indices;
  const parts = slice.data.map((data) => {
    const { length, offset, nullCount, nullBitmap, values } = data;
    return arrow.makeData({ type, length, offset, nullCount, nullBitmap, data: values } as never) as Arrow.Data;
  });
  return new arrow.Vector(parts);
}

/** A slice in one part; what has several dictionaries is written out as values. */
function whole(arrow: ArrowModule, slice: Arrow.Vector, type: Arrow.DataType): Arrow.Vector {
  if (!arrow.DataType.isDictionary(type)) return slice;
  return arrow.vectorFromArray(slice.toArray() as unknown[], (type as Arrow.Dictionary).dictionary as Arrow.DataType);
}

/** The columns of a file, a chunk at a time; the latest chunks stay in memory. */
export interface ColumnFile {
  readonly index: ColumnIndex;
  readonly fields: readonly Arrow.Field[];
  readonly schema: Arrow.Schema;
  /** The values of one chunk. Of a dictionary column its indices: `dictionary` has what they mean. */
  chunk(column: number, number: number): Arrow.Vector;
  dictionary(column: number): Arrow.Vector | undefined;
  close(): void;
}

/** Bytes of chunks that stay in memory. */
const keptBytes = 192 << 20;

export function openColumns(arrow: ArrowModule, path: string, index: ColumnIndex): ColumnFile {
  const file = openSync(path, "r");
  const { schema } = arrow.tableFromIPC(index.schema);
  const kept = new Map<string, { vector: Arrow.Vector; bytes: number }>();
  let bytesKept = 0;
  const read = ([start, length]: [number, number]): Arrow.Vector => {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const got = readSync(file, bytes, done, length - done, start + done);
      if (got === 0) throw new Error("The file of a table's rows ends too soon.");
      done += got;
    }
    return arrow.tableFromIPC(bytes).getChildAt(0)!;
  };
  const keep = (key: string, place: [number, number]): Arrow.Vector => {
    const found = kept.get(key);
    if (found) {
      kept.delete(key);
      kept.set(key, found);
      return found.vector;
    }
    const made = { vector: read(place), bytes: place[1] };
    kept.set(key, made);
    bytesKept += made.bytes;
    for (const [old, { bytes }] of kept) {
      if (bytesKept <= keptBytes || old === key) break;
      kept.delete(old);
      bytesKept -= bytes;
    }
    return made.vector;
  };
  return {
    index,
    fields: schema.fields,
    schema,
    chunk: (column, number) => keep(`${column}:${number}`, index.columns[column]!.chunks[number]!),
    dictionary(column) {
      const place = index.columns[column]!.dictionary;
      return place && keep(`${column}:dictionary`, place);
    },
    close() {
      kept.clear();
      closeSync(file);
    },
  };
}
