import type { Data, DataType, Field, RecordBatch, Table, Vector } from "apache-arrow";
import { FusedError } from "./errors.ts";

type Arrow = typeof import("apache-arrow");

/** A table and the values that stand beside each of its rows, as columns in front. */
export interface LabelledTable {
  table: Table;
  args: Record<string, unknown>;
}

/**
 * Joins Arrow tables end to end. Columns go by name: a table that lacks one gives nulls there; numbers of different
 * types become Float64; dictionaries become the values they stand for. Field and schema metadata (GeoArrow names, CRS)
 * are those of the first table that has the field.
 * @throws FusedError where two tables have one column in types that do not go together
 */
export async function concatTables(parts: LabelledTable[]): Promise<Table> {
  const arrow = await import("apache-arrow");
  const fields = unifyFields(arrow, parts);
  const labels = labelFields(arrow, parts, new Set(fields.map((field) => field.name)));
  const metadata = new Map(parts.flatMap(({ table }) => [...table.schema.metadata]));
  const schema = new arrow.Schema([...labels.map(({ field }) => field), ...fields], metadata);
  const batches = parts.flatMap(({ table, args }) =>
    table.batches
      .filter((batch) => batch.numRows > 0)
      .map((batch) => {
        const children = [
          ...labels.map(({ name, field }) => repeated(arrow, args[name], field.type, batch.numRows)),
          ...fields.map((field) => column(arrow, batch, field)),
        ];
        const type = new arrow.Struct(schema.fields);
        const data = arrow.makeData({ type, length: batch.numRows, nullCount: 0, children });
        return new arrow.RecordBatch(schema, data);
      }),
  );
  return new arrow.Table(schema, batches);
}

function unifyFields(arrow: Arrow, parts: LabelledTable[]): Field[] {
  const unified = new Map<string, Field>();
  for (const { table } of parts) {
    for (const field of table.schema.fields) {
      const type = arrow.DataType.isDictionary(field.type) ? (field.type.dictionary as DataType) : field.type;
      const known = unified.get(field.name);
      const joined = known ? commonType(arrow, field.name, known.type, type) : type;
      unified.set(field.name, new arrow.Field(field.name, joined, true, known?.metadata ?? field.metadata));
    }
  }
  return [...unified.values()];
}

function commonType(arrow: Arrow, name: string, a: DataType, b: DataType): DataType {
  const { DataType } = arrow;
  if (String(a) === String(b) || DataType.isNull(b)) return a;
  if (DataType.isNull(a)) return b;
  const isNumber = (type: DataType) => DataType.isFloat(type) || (DataType.isInt(type) && type.bitWidth < 64);
  if (isNumber(a) && isNumber(b)) return new arrow.Float64();
  throw new FusedError(
    `The runs' tables do not join: the column ${JSON.stringify(name)} is ${a} in one and ${b} in another. ` +
      "Give it one type in the UDF, or pass { flatten: false } to get one row per run.",
  );
}

function column(arrow: Arrow, batch: RecordBatch, { name, type }: Field): Data {
  const vector = batch.getChild(name);
  if (!vector) return repeated(arrow, null, type, batch.numRows);
  if (String(vector.type) === String(type)) return vector.data[0]!;
  return arrow.vectorFromArray([...vector], type).data[0]!;
}

function labelFields(arrow: Arrow, parts: LabelledTable[], taken: Set<string>): { name: string; field: Field }[] {
  const names = new Set(parts.flatMap(({ args }) => Object.keys(args)));
  return [...names].map((name) => {
    const type = labelType(
      arrow,
      parts.map(({ args }) => args[name]),
    );
    return { name, field: new arrow.Field(taken.has(name) ? `${name}_arg` : name, type, true) };
  });
}

function labelType(arrow: Arrow, values: unknown[]): DataType {
  const given = values.filter((value) => value !== null && value !== undefined);
  const all = (type: string) => given.length > 0 && given.every((value) => typeof value === type);
  if (all("number")) return new arrow.Float64();
  if (all("boolean")) return new arrow.Bool();
  if (all("bigint")) return new arrow.Int64();
  if (given.length > 0 && given.every((value) => value instanceof Date)) return new arrow.TimestampMillisecond();
  return new arrow.Utf8();
}

/** A column of one value; what has no Arrow type of its own (lists, objects) stands there as JSON. */
function repeated(arrow: Arrow, value: unknown, type: DataType, length: number): Data {
  const isText = arrow.DataType.isUtf8(type) && value !== null && value !== undefined && typeof value !== "string";
  const cell = isText ? JSON.stringify(value) : (value ?? null);
  const vector: Vector = arrow.vectorFromArray(new Array(length).fill(cell), type);
  return vector.data[0]!;
}
