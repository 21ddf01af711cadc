import type { DataType, Field, RecordBatch, Table, Vector } from "apache-arrow";
import type { Geometry } from "geojson";
import { arrowKindOf } from "../../engine/values/arrow-ipc.ts";
import { asFeatureCollection, crsName, isGeometry } from "../geojson.ts";
import { isGeoJson, isPlainObject } from "../results.ts";
import { plainJson } from "./json.ts";
import { isFeatureList, viewTable } from "./table-view.ts";

type Arrow = typeof import("apache-arrow");

/**
 * A value of the family `table` as an Arrow table. What is Arrow already keeps its types and metadata. Of rows: integers of
 * 32 bits become Int32, other numbers Float64, bigints Int64 or Uint64, dates timestamps, geometries a `geoarrow.wkb`
 * column, lists of one kind lists, and what is mixed or nested otherwise JSON text.
 */
export async function asTable(value: unknown): Promise<Table> {
  const arrow = await import("apache-arrow");
  switch (arrowKindOf(value as object)) {
    case "Table":
      return value as Table;
    case "RecordBatch":
      return new arrow.Table([value as RecordBatch]);
    case "Vector":
      return new arrow.Table({ values: value as Vector });
    default:
      return tableOfRows(arrow, value);
  }
}

async function tableOfRows(arrow: Arrow, value: unknown): Promise<Table> {
  const { names, rowCount, cell } = await viewTable(value);
  const isFeatures = isGeoJson(value) || isFeatureList(value);
  const crs = isFeatures ? crsName(asFeatureCollection(value).crs) : undefined;
  const { geojsonToWkb } = await import("hyparquet-writer");
  const fields: Field[] = [];
  const columns: Vector[] = names.map((name, column) => {
    const cells = Array.from({ length: rowCount }, (_none, row) => cell(column, row));
    const given = cells.filter((each) => each !== null && each !== undefined);
    const isLast = isFeatures && column === names.length - 1;
    if (isLast || (given.length > 0 && given.every((each) => isPlainObject(each) && isGeometry(each)))) {
      const metadata = new Map([
        ["ARROW:extension:name", "geoarrow.wkb"],
        ["ARROW:extension:metadata", JSON.stringify({ crs: crs ?? "OGC:CRS84" })],
      ]);
      fields.push(new arrow.Field(name, new arrow.Binary(), true, metadata));
      return arrow.vectorFromArray(
        cells.map((each) => (each ? geojsonToWkb(each as Geometry as never) : null)),
        new arrow.Binary(),
      );
    }
    const type = columnType(arrow, given);
    fields.push(new arrow.Field(name, type, true));
    const isJson = arrow.DataType.isUtf8(type);
    return arrow.vectorFromArray(isJson ? cells.map(asText) : cells, type);
  });
  const schema = new arrow.Schema(fields);
  if (rowCount === 0) return new arrow.Table(schema);
  const data = arrow.makeData({
    type: new arrow.Struct(fields),
    length: rowCount,
    nullCount: 0,
    children: columns.map((column) => column.data[0]!),
  });
  return new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]);
}

function asText(cell: unknown): string | null {
  if (cell === null || cell === undefined || typeof cell === "string") return cell ?? null;
  const json = plainJson(cell);
  return typeof json === "string" ? json : JSON.stringify(json);
}

/** The narrowest of a few types that holds all values exactly. */
function columnType(arrow: Arrow, values: unknown[]): DataType {
  const all = (test: (value: unknown) => boolean) => values.length > 0 && values.every(test);
  if (all((value) => typeof value === "boolean")) return new arrow.Bool();
  if (all((value) => typeof value === "number")) {
    return all((value) => (value as number) === ((value as number) | 0) && !Object.is(value, -0))
      ? new arrow.Int32()
      : new arrow.Float64();
  }
  const isInteger = (value: unknown) => typeof value === "bigint" || Number.isSafeInteger(value);
  if (all(isInteger) && values.every((value) => typeof value === "bigint"))
    return integerType(arrow, values as bigint[]);
  if (all((value) => value instanceof Date)) return new arrow.TimestampMillisecond("UTC");
  if (all((value) => value instanceof Uint8Array)) return new arrow.Binary();
  if (all((value) => Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)))) {
    const items = values.flatMap((value) => Array.from(value as Iterable<unknown>)).filter((each) => each !== null);
    const type = columnType(arrow, items);
    const isPlain = !arrow.DataType.isUtf8(type) || items.every((each) => typeof each === "string");
    if (isPlain) return new arrow.List(new arrow.Field("item", type, true));
  }
  return new arrow.Utf8();
}

function integerType(arrow: Arrow, values: bigint[]): DataType {
  const fits = (wrap: (bits: number, value: bigint) => bigint) => values.every((value) => wrap(64, value) === value);
  if (fits(BigInt.asIntN)) return new arrow.Int64();
  return fits(BigInt.asUintN) ? new arrow.Uint64() : new arrow.Utf8();
}
