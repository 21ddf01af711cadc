import type { DuckDBDataChunk, DuckDBMaterializedResult, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { DataType, Table, Vector } from "apache-arrow";
import { numbersVector, textsVector } from "./duckdb-columns.ts";

type Arrow = typeof import("apache-arrow");
type Duck = typeof import("@duckdb/node-api");

/** How values of a DuckDB column become Arrow's. */
interface ColumnKind {
  type: DataType;
  /** Class of the array that holds values of one width. */
  array?: new (length: number) => { [index: number]: number | bigint };
  convert(value: DuckDBValue): unknown;
}

/** The Arrow table of a result. 64-bit integers stay exact; decimals become floats; times and intervals text. */
export async function exportTable(arrow: Arrow, duck: Duck, result: DuckDBMaterializedResult): Promise<Table> {
  const chunks = await result.fetchAllChunks();
  const names = uniqueNames(result.columnNames());
  const columns: Record<string, Vector> = {};
  names.forEach((name, i) => {
    const copied = copyColumn(arrow, duck, result.columnType(i), chunks, i);
    if (copied) {
      columns[name] = copied;
      return;
    }
    const values = chunks.flatMap((chunk) => chunk.getColumnValues(i));
    columns[name] = makeVector(arrow, columnKind(arrow, duck, result.columnType(i), values), values);
  });
  return new arrow.Table(columns);
}

/** Columns that DuckDB stores as Arrow does need not go through values of JavaScript: of millions that takes minutes. */
function copyColumn(
  arrow: Arrow,
  duck: Duck,
  type: DuckDBType,
  chunks: readonly DuckDBDataChunk[],
  column: number,
): Vector | undefined {
  if (!chunks.every((chunk) => typeof chunk.getColumnVector === "function")) return undefined;
  if (type.typeId === duck.DuckDBTypeId.VARCHAR) return textsVector(arrow, chunks, column);
  const { type: arrowType, array } = columnKind(arrow, duck, type, []);
  return array && numbersVector(arrow, arrowType, array, chunks, column);
}

function uniqueNames(names: readonly string[]): string[] {
  const given = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; given.has(unique); i++) unique = `${name}_${i}`;
    given.add(unique);
    return unique;
  });
}

function makeVector(arrow: Arrow, { type, array: ArrayOf, convert }: ColumnKind, values: DuckDBValue[]): Vector {
  if (!ArrayOf)
    return arrow.vectorFromArray(
      values.map((value) => (value === null ? null : convert(value))),
      type,
    );
  const data = new ArrayOf(values.length);
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 64) * 8);
  let nullCount = 0;
  values.forEach((value, i) => {
    if (value === null) return nullCount++;
    data[i] = convert(value) as number;
    nullBitmap[i >> 3]! |= 1 << (i & 7);
    return undefined;
  });
  const { length } = values;
  const made = arrow.makeData({
    type,
    length,
    nullCount,
    nullBitmap: nullCount > 0 ? nullBitmap : null,
    data,
  } as never);
  return arrow.makeVector(made) as Vector;
}

function columnKind(arrow: Arrow, duck: Duck, type: DuckDBType, values: readonly DuckDBValue[]): ColumnKind {
  const { DuckDBTypeId: Id } = duck;
  const same = (value: DuckDBValue) => value;
  const text = (): ColumnKind => ({ type: new arrow.Utf8(), convert: String });
  const micros = (value: DuckDBValue) => (value as { micros: bigint }).micros;
  switch (type.typeId) {
    case Id.BOOLEAN:
      return { type: new arrow.Bool(), convert: same };
    case Id.TINYINT:
      return { type: new arrow.Int8(), array: Int8Array, convert: same };
    case Id.SMALLINT:
      return { type: new arrow.Int16(), array: Int16Array, convert: same };
    case Id.INTEGER:
      return { type: new arrow.Int32(), array: Int32Array, convert: same };
    case Id.BIGINT:
      return { type: new arrow.Int64(), array: BigInt64Array, convert: same };
    case Id.UTINYINT:
      return { type: new arrow.Uint8(), array: Uint8Array, convert: same };
    case Id.USMALLINT:
      return { type: new arrow.Uint16(), array: Uint16Array, convert: same };
    case Id.UINTEGER:
      return { type: new arrow.Uint32(), array: Uint32Array, convert: same };
    case Id.UBIGINT:
      return { type: new arrow.Uint64(), array: BigUint64Array, convert: same };
    // What `sum` of integers gives: mostly far smaller than its type.
    case Id.HUGEINT:
    case Id.UHUGEINT: {
      const fits = values.every((value) => value === null || BigInt.asIntN(64, value as bigint) === value);
      return fits ? { type: new arrow.Int64(), array: BigInt64Array, convert: same } : text();
    }
    case Id.FLOAT:
      return { type: new arrow.Float32(), array: Float32Array, convert: same };
    case Id.DOUBLE:
      return { type: new arrow.Float64(), array: Float64Array, convert: same };
    case Id.DECIMAL:
      return {
        type: new arrow.Float64(),
        array: Float64Array,
        convert: (value) => (value as { toDouble(): number }).toDouble(),
      };
    case Id.DATE:
      return { type: new arrow.DateDay(), array: Int32Array, convert: (value) => (value as { days: number }).days };
    case Id.TIMESTAMP:
      return { type: new arrow.TimestampMicrosecond(), array: BigInt64Array, convert: micros };
    case Id.TIMESTAMP_TZ:
      return { type: new arrow.TimestampMicrosecond("UTC"), array: BigInt64Array, convert: micros };
    case Id.TIMESTAMP_S:
      return {
        type: new arrow.TimestampSecond(),
        array: BigInt64Array,
        convert: (value) => (value as unknown as { seconds: bigint }).seconds,
      };
    case Id.TIMESTAMP_MS:
      return {
        type: new arrow.TimestampMillisecond(),
        array: BigInt64Array,
        convert: (value) => (value as unknown as { millis: bigint }).millis,
      };
    case Id.TIMESTAMP_NS:
      return {
        type: new arrow.TimestampNanosecond(),
        array: BigInt64Array,
        convert: (value) => (value as unknown as { nanos: bigint }).nanos,
      };
    case Id.BLOB:
      return { type: new arrow.Binary(), convert: (value) => (value as { bytes: Uint8Array }).bytes };
    case Id.SQLNULL:
      return { type: new arrow.Null(), convert: () => null };
    case Id.LIST:
    case Id.ARRAY: {
      const items = (value: DuckDBValue) => (value as { items: readonly DuckDBValue[] }).items;
      const inner = values.flatMap((value) => (value === null ? [] : items(value)));
      const item = columnKind(arrow, duck, (type as unknown as { valueType: DuckDBType }).valueType, inner);
      const convert = (value: DuckDBValue) => items(value).map((each) => (each === null ? null : item.convert(each)));
      return { type: new arrow.List(new arrow.Field("item", item.type, true)), convert };
    }
    case Id.STRUCT: {
      const { entryNames, entryTypes } = type as unknown as { entryNames: string[]; entryTypes: DuckDBType[] };
      const entries = (value: DuckDBValue) => (value as { entries: Record<string, DuckDBValue> }).entries;
      const members = entryNames.map((name, i) => {
        const inner = values.flatMap((value) => (value === null ? [] : [entries(value)[name] ?? null]));
        return [name, columnKind(arrow, duck, entryTypes[i]!, inner)] as const;
      });
      const convert = (value: DuckDBValue) =>
        Object.fromEntries(
          members.map(([name, kind]) => [
            name,
            entries(value)[name] == null ? null : kind.convert(entries(value)[name]!),
          ]),
        );
      return { type: new arrow.Struct(members.map(([name, kind]) => new arrow.Field(name, kind.type, true))), convert };
    }
    default:
      return text();
  }
}
