import type * as Arrow from "apache-arrow";

type ArrowModule = typeof Arrow;

/** Values of one column as Arrow data, built without Arrow's builders, which take several times as long. */
export function numberColumn(arrow: ArrowModule, length: number, at: (row: number) => unknown): Arrow.Vector {
  const data = new Float64Array(length);
  const present = nullBits(length);
  for (let row = 0; row < length; row++) {
    const value = at(row);
    if (typeof value === "number") data[row] = value;
    else present.setNull(row);
  }
  return arrow.makeVector(arrow.makeData({ type: new arrow.Float64(), length, data, ...present.done() }));
}

export function integerColumn(arrow: ArrowModule, length: number, at: (row: number) => unknown): Arrow.Vector {
  const data = new Int32Array(length);
  const present = nullBits(length);
  for (let row = 0; row < length; row++) {
    const value = at(row);
    if (typeof value === "number") data[row] = value;
    else present.setNull(row);
  }
  return arrow.makeVector(arrow.makeData({ type: new arrow.Int32(), length, data, ...present.done() }));
}

export function bigintColumn(arrow: ArrowModule, length: number, at: (row: number) => unknown): Arrow.Vector {
  const data = new BigInt64Array(length);
  const present = nullBits(length);
  for (let row = 0; row < length; row++) {
    const value = at(row);
    if (typeof value === "bigint") data[row] = value;
    else present.setNull(row);
  }
  return arrow.makeVector(arrow.makeData({ type: new arrow.Int64(), length, data, ...present.done() }));
}

/** Dates as milliseconds in UTC; a date that is none is null. */
export function dateColumn(arrow: ArrowModule, length: number, at: (row: number) => unknown): Arrow.Vector {
  const data = new BigInt64Array(length);
  const present = nullBits(length);
  for (let row = 0; row < length; row++) {
    const time = at(row) instanceof Date ? (at(row) as Date).getTime() : NaN;
    if (Number.isNaN(time)) present.setNull(row);
    else data[row] = BigInt(time);
  }
  const type = new arrow.TimestampMillisecond("UTC");
  return arrow.makeVector(arrow.makeData({ type, length, data, ...present.done() } as never)) as Arrow.Vector;
}

export function booleanColumn(arrow: ArrowModule, length: number, at: (row: number) => unknown): Arrow.Vector {
  const data = new Uint8Array(bitBytes(length));
  const present = nullBits(length);
  for (let row = 0; row < length; row++) {
    const value = at(row);
    if (value === true) data[row >> 3]! |= 1 << (row & 7);
    else if (value !== false) present.setNull(row);
  }
  return arrow.makeVector(arrow.makeData({ type: new arrow.Bool(), length, data, ...present.done() }));
}

/** Texts; null and undefined are null. */
export function textColumn(
  arrow: ArrowModule,
  length: number,
  at: (row: number) => string | null | undefined,
): Arrow.Vector {
  return bytesLike(arrow, length, new arrow.Utf8(), (row, room) => {
    const text = at(row);
    if (text === null || text === undefined) return -1;
    // A letter takes three bytes at most, or four where it is two units of JavaScript.
    return encoder.encodeInto(text, room(text.length * 3)).written;
  });
}

export function binaryColumn(
  arrow: ArrowModule,
  length: number,
  at: (row: number) => Uint8Array | null | undefined,
): Arrow.Vector {
  return bytesLike(arrow, length, new arrow.Binary(), (row, room) => {
    const bytes = at(row);
    if (!bytes) return -1;
    room(bytes.length).set(bytes);
    return bytes.length;
  });
}

const encoder = new TextEncoder();

/** @param put writes a row's bytes into the room that it asks for, and tells how many there are; -1: null */
function bytesLike(
  arrow: ArrowModule,
  length: number,
  type: Arrow.Utf8 | Arrow.Binary,
  put: (row: number, room: (bytes: number) => Uint8Array) => number,
): Arrow.Vector {
  const valueOffsets = new Int32Array(length + 1);
  const present = nullBits(length);
  let data = new Uint8Array(Math.max(64, length * 16));
  let end = 0;
  const room = (bytes: number): Uint8Array => {
    if (end + bytes > data.length) {
      const larger = new Uint8Array(Math.max(data.length * 2, end + bytes));
      larger.set(data);
      data = larger;
    }
    return data.subarray(end, end + bytes);
  };
  for (let row = 0; row < length; row++) {
    const written = put(row, room);
    if (written < 0) present.setNull(row);
    else end += written;
    valueOffsets[row + 1] = end;
  }
  const parts = { type, length, valueOffsets, data: data.subarray(0, end), ...present.done() };
  return arrow.makeVector(arrow.makeData(parts as never)) as Arrow.Vector;
}

/** A single record batch of named columns, as an Arrow table. */
export function tableOf(
  arrow: ArrowModule,
  columns: { name: string; vector: Arrow.Vector; metadata?: Map<string, string> }[],
  length: number,
): Arrow.Table {
  const fields = columns.map(({ name, vector, metadata }) => new arrow.Field(name, vector.type, true, metadata));
  const schema = new arrow.Schema(fields);
  const children = columns.map(({ vector }) => vector.data[0]!);
  const data = arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, data as never)]);
}

/** Arrow's validity bits, made only where there is a null. Buffers of bits end at a multiple of eight bytes. */
function nullBits(length: number) {
  let bits: Uint8Array | undefined;
  let nullCount = 0;
  return {
    setNull(row: number): void {
      bits ??= new Uint8Array(bitBytes(length)).fill(255);
      bits[row >> 3]! &= ~(1 << (row & 7));
      nullCount++;
    },
    done: () => ({ nullCount, nullBitmap: bits ?? null }),
  };
}

const bitBytes = (length: number): number => Math.ceil(length / 64) * 8;
