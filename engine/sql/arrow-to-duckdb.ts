import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { DataType, Field, Schema, Table, Vector } from "apache-arrow";

type Duck = typeof import("@duckdb/node-api");

/** Rows of one chunk of DuckDB. */
const chunkRows = 2048;

/** How values of an Arrow column become DuckDB's. */
interface ColumnKind {
  type: DuckDBType;
  convert(value: unknown): DuckDBValue;
}

/** Makes a table of a connection out of an Arrow table. @throws TypeError for a column type that DuckDB cannot have */
export async function importTable(duck: Duck, connection: DuckDBConnection, name: string, table: Table): Promise<void> {
  const { fields } = table.schema as Schema;
  const kinds = fields.map((field) => columnKind(duck, field.type, field));
  const columns = fields.map((field, i) => `${quoted(field.name)} ${String(kinds[i]!.type)}`);
  await connection.run(`create temp table ${quoted(name)} (${columns.join(", ") || "empty boolean"})`);
  if (table.numRows === 0 || fields.length === 0) return;
  const appender = await connection.createAppender(name);
  const vectors = fields.map((_field, i) => table.getChildAt(i)!);
  for (let start = 0; start < table.numRows; start += chunkRows) {
    const end = Math.min(table.numRows, start + chunkRows);
    const chunk = duck.DuckDBDataChunk.create(
      kinds.map(({ type }) => type),
      end - start,
    );
    chunk.setColumns(vectors.map((vector, i) => valuesOf(vector, kinds[i]!, start, end)));
    appender.appendDataChunk(chunk);
  }
  appender.flushSync();
  appender.closeSync();
}

function valuesOf(vector: Vector, { convert }: ColumnKind, start: number, end: number): DuckDBValue[] {
  const values: DuckDBValue[] = [];
  for (let i = start; i < end; i++) {
    const value: unknown = vector.get(i);
    values.push(value === null || value === undefined ? null : convert(value));
  }
  return values;
}

function columnKind(duck: Duck, type: DataType, field: Field): ColumnKind {
  const plain = (duckType: DuckDBType): ColumnKind => ({ type: duckType, convert: (value) => value as DuckDBValue });
  // `String(type)` is apache-arrow's name of a type: "Int32", "Timestamp<MICROSECOND>", "Dictionary<Int32, Utf8>".
  const name = String(type);
  const simple: Record<string, DuckDBType> = {
    Bool: duck.BOOLEAN,
    Int8: duck.TINYINT,
    Int16: duck.SMALLINT,
    Int32: duck.INTEGER,
    Int64: duck.BIGINT,
    Uint8: duck.UTINYINT,
    Uint16: duck.USMALLINT,
    Uint32: duck.UINTEGER,
    Uint64: duck.UBIGINT,
    Float16: duck.DOUBLE,
    Float32: duck.FLOAT,
    Float64: duck.DOUBLE,
    Utf8: duck.VARCHAR,
    LargeUtf8: duck.VARCHAR,
    Utf8View: duck.VARCHAR,
  };
  if (simple[name]) return plain(simple[name]);
  if (name.startsWith("Dictionary"))
    return columnKind(duck, (type as unknown as { dictionary: DataType }).dictionary, field);
  if (/^(Large)?Binary|^BinaryView|^FixedSizeBinary/.test(name)) {
    return { type: duck.BLOB, convert: (value) => duck.blobValue(value as Uint8Array) };
  }
  if (name === "Null") return { type: duck.VARCHAR, convert: () => null };
  if (name.startsWith("Date")) {
    return { type: duck.DATE, convert: (value) => duck.dateValue(Math.floor(Number(value) / 86_400_000)) };
  }
  // apache-arrow gives instants of every unit as milliseconds.
  if (name.startsWith("Timestamp")) {
    const zone = (type as unknown as { timezone?: string | null }).timezone;
    const micros = (value: unknown) => BigInt(Math.round(Number(value) * 1000));
    return zone
      ? { type: duck.TIMESTAMPTZ, convert: (value) => duck.timestampTZValue(micros(value)) }
      : { type: duck.TIMESTAMP, convert: (value) => duck.timestampValue(micros(value)) };
  }
  if (name.startsWith("Decimal")) {
    const { scale } = type as unknown as { scale: number };
    return { type: duck.DOUBLE, convert: (value) => Number(String(value)) / 10 ** scale };
  }
  const { children } = type as unknown as { children?: Field[] | null };
  if (/^(List|LargeList|FixedSizeList)/.test(name) && children?.[0]) {
    const item = columnKind(duck, children[0].type, field);
    const convert = (value: unknown) =>
      duck.listValue([...(value as Iterable<unknown>)].map((each) => (each == null ? null : item.convert(each))));
    return { type: duck.LIST(item.type), convert };
  }
  if (name.startsWith("Struct") && children) {
    const members = children.map((child) => [child.name, columnKind(duck, child.type, field)] as const);
    const convert = (value: unknown) =>
      duck.structValue(
        Object.fromEntries(
          members.map(([key, kind]) => {
            const each = (value as Record<string, unknown>)[key];
            return [key, each == null ? null : kind.convert(each)];
          }),
        ),
      );
    return { type: duck.STRUCT(Object.fromEntries(members.map(([key, kind]) => [key, kind.type]))), convert };
  }
  throw new TypeError(
    `fused.sql: the column ${field.name} is ${name}, which SQL tables cannot hold. Convert it first.`,
  );
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
