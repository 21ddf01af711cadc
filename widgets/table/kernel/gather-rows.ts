import { setImmediate as breath } from "node:timers/promises";
import type * as Arrow from "apache-arrow";
import type { ColumnFile } from "../column-file.ts";
import type { RowIds } from "./row-order.ts";

type ArrowModule = typeof Arrow;

/** The rows of an order as an Arrow table, with the types and metadata that the table had when it was shown. */
export async function gatherRows(
  arrow: ArrowModule,
  file: ColumnFile,
  ids: RowIds,
  signal: AbortSignal,
): Promise<Arrow.Table> {
  const vectors: Arrow.Vector[] = [];
  for (const [column, field] of file.fields.entries()) {
    vectors.push(ids ? await pick(arrow, file, column, field, ids, signal) : all(arrow, file, column, field));
    await breath();
    signal.throwIfAborted();
  }
  const { chunkRows, rowCount } = file.index;
  const step = ids ? Math.max(1, ids.length) : chunkRows;
  const length = ids ? ids.length : rowCount;
  const batches: Arrow.RecordBatch[] = [];
  const fields = file.schema.fields.map(
    (field, i) => new arrow.Field(field.name, vectors[i]!.type, true, field.metadata),
  );
  const schema = new arrow.Schema(fields, file.schema.metadata);
  for (let start = 0; start < length; start += step) {
    const count = Math.min(step, length - start);
    const children = vectors.map((vector) => vector.slice(start, start + count).data[0]!);
    const type = new arrow.Struct(fields);
    const data = arrow.makeData({ type, length: count, nullCount: 0, children });
    batches.push(new arrow.RecordBatch(schema, data as never));
  }
  return new arrow.Table(schema, batches);
}

function all(arrow: ArrowModule, file: ColumnFile, column: number, field: Arrow.Field): Arrow.Vector {
  const chunks = file.index.columns[column]!.chunks.map((_place, chunk) => file.chunk(column, chunk));
  const dictionary = file.dictionary(column);
  if (!dictionary) return new arrow.Vector(chunks.flatMap(({ data }) => data));
  const type = field.type as Arrow.Dictionary;
  const parts = chunks.flatMap(({ data }) =>
    data.map(({ length, offset, nullCount, nullBitmap, values }) =>
      arrow.makeData({ type, length, offset, nullCount, nullBitmap, data: values, dictionary } as never),
    ),
  );
  return new arrow.Vector(parts as Arrow.Data[]);
}

/** Rows a builder takes between two breaths. */
const atOnce = 1 << 16;

async function pick(
  arrow: ArrowModule,
  file: ColumnFile,
  column: number,
  field: Arrow.Field,
  ids: Uint32Array,
  signal: AbortSignal,
): Promise<Arrow.Vector> {
  const dictionary = file.dictionary(column);
  if (!dictionary && isPlainNumber(arrow, field.type)) return pickNumbers(arrow, file, column, field.type, ids);
  const type = dictionary ? (field.type as Arrow.Dictionary).dictionary : field.type;
  const builder = arrow.makeBuilder({ type: type as Arrow.DataType, nullValues: [null, undefined] });
  const { chunkRows } = file.index;
  for (const [i, row] of ids.entries()) {
    let cell: unknown = file.chunk(column, Math.floor(row / chunkRows)).get(row % chunkRows);
    if (dictionary && cell !== null) cell = dictionary.get(Number(cell));
    builder.append(cell);
    if (i % atOnce === atOnce - 1) {
      await breath();
      signal.throwIfAborted();
    }
  }
  return builder.finish().toVector() as Arrow.Vector;
}

/** Types whose cells are one number each, as it is stored. */
function isPlainNumber({ DataType }: ArrowModule, type: Arrow.DataType): boolean {
  const tests = [
    DataType.isInt,
    DataType.isFloat,
    DataType.isDate,
    DataType.isTime,
    DataType.isTimestamp,
    DataType.isDuration,
  ];
  return tests.some((isOne) => isOne(type));
}

/** Copies stored numbers as they are: what they mean in JavaScript (milliseconds, say) may be less exact. */
function pickNumbers(
  arrow: ArrowModule,
  file: ColumnFile,
  column: number,
  type: Arrow.DataType,
  ids: Uint32Array,
): Arrow.Vector {
  const { chunkRows } = file.index;
  const { length } = ids;
  const first = file.chunk(column, 0).data[0]!.values as Float64Array;
  const data = new (first.constructor as Float64ArrayConstructor)(length);
  const nullBitmap = new Uint8Array(Math.ceil(length / 64) * 8);
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    const row = ids[i]!;
    const vector = file.chunk(column, Math.floor(row / chunkRows));
    const at = row % chunkRows;
    if (!vector.isValid(at)) nullCount++;
    else {
      nullBitmap[i >> 3]! |= 1 << (i & 7);
      data[i] = (vector.data[0]!.values as Float64Array)[at]!;
    }
  }
  const bits = nullCount > 0 ? nullBitmap : null;
  return arrow.makeVector(arrow.makeData({ type, length, nullCount, nullBitmap: bits, data } as never)) as Arrow.Vector;
}
