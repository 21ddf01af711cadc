import type { DataType, Field, Table } from "apache-arrow";
import type { KeyValue, SchemaElement } from "hyparquet";
import { asTable } from "./arrow-table.ts";
import { geoParquet } from "./geoparquet.ts";
import { parquetColumn } from "./parquet-column.ts";
import { uniqueNames } from "./table-view.ts";

/**
 * Parquet, Snappy-compressed. The types are those of the Arrow table; geometry columns are well-known binary with
 * GeoParquet 1.1 metadata; metadata of the schema is kept beside it. Columns that share a name get numbers, which Parquet
 * needs.
 */
export async function encodeParquet(value: unknown): Promise<Uint8Array> {
  const table = await asTable(value);
  const [arrow, { parquetWriteBuffer }] = await Promise.all([import("apache-arrow"), import("hyparquet-writer")]);
  const names = uniqueNames(table.schema.fields.map(({ name }) => name));
  const geo = geoParquet(table, names);
  const columns = table.schema.fields.map((field: Field, i) => {
    const wkb = geo?.columns.get(i);
    const [name, data] = [names[i]!, wkb ?? table.getChildAt(i)!];
    return wkb ? bytesColumn(name, wkb) : parquetColumn(arrow, name, field.type as DataType, data as never);
  });
  const schema: SchemaElement[] = [
    { name: "schema", num_children: columns.length },
    ...columns.flatMap(({ elements }) => elements),
  ];
  const columnData = columns.map(({ data }, i) => ({ name: names[i]!, data }));
  const buffer = parquetWriteBuffer({ schema, columnData, kvMetadata: metadataOf(table, geo?.metadata) });
  return new Uint8Array(buffer);
}

function bytesColumn(name: string, data: (Uint8Array | null)[]) {
  return { elements: [{ name, type: "BYTE_ARRAY", repetition_type: "OPTIONAL" }] as SchemaElement[], data };
}

function metadataOf(table: Table, geo: string | undefined): KeyValue[] {
  const kept = [...table.schema.metadata].filter(([key]) => key !== "geo" && key !== "ARROW:schema");
  return [...(geo ? [{ key: "geo", value: geo }] : []), ...kept.map(([key, value]) => ({ key, value }))];
}
