import type { Feature, FeatureCollection, Geometry, Polygon } from "geojson";
import type { FileMetaData } from "hyparquet";
import type { TableReader } from "../../engine/table-reader.ts";
import { NotFoundError, UdfParameterError } from "../errors.ts";
import { nearestName } from "../nearest-name.ts";
import { boxOf, boxPolygon, union } from "./chunk-box.ts";
import { openParquet, readRows, type ParquetFile } from "./parquet-file.ts";
import { MissingFileError } from "./range-source.ts";

/** One chunk of a partitioned table: a row group of one of its files, and the box of what is in it. */
export interface ChunkProperties {
  file_id: string | null;
  chunk_id: number;
  bbox_minx: number;
  bbox_miny: number;
  bbox_maxx: number;
  bbox_maxy: number;
}

export interface ChunkOptions {
  /** Columns to read; the geometry comes along. All where absent. */
  columns?: string[];
}

/** A chunk: features where the table has geometry, rows where not. */
export type Chunk = FeatureCollection<Geometry | null> | Record<string, unknown>[];

/**
 * The chunks of a partitioned table with their boxes, from its `_sample` file, else its `_metadata` (fused-spec.md 12).
 * @param url the table's folder
 * @throws NotFoundError naming the files that were looked for
 */
export async function getChunksMetadata(
  url: string,
  reader: TableReader,
): Promise<FeatureCollection<Polygon, ChunkProperties>> {
  const folder = url.replace(/\/+$/, "");
  const sample = await openIfThere(`${folder}/_sample`, reader);
  if (sample) return collect(await readRows(sample, { batchSize: reader.rowGroupBatchSize }, reader));
  const summary = await openIfThere(`${folder}/_metadata`, reader);
  if (summary) return collect(chunksOfFooter(summary.metadata));
  throw new NotFoundError(
    `There is no table at ${folder}: neither ${folder}/_sample nor ${folder}/_metadata is there. Give the folder of a partitioned table.`,
  );
}

/**
 * Reads a chunk of a partitioned table (fused-spec.md 12).
 * @param url the table's folder; with `fileId` null, a Parquet file
 * @param fileId names the file: 0 and "0" are the same
 * @param chunkId number of the row group; null reads the whole file
 * @throws NotFoundError for a file that is not there; UdfParameterError for a row group or a column that does not exist
 */
export async function getChunkFromTable(
  url: string,
  fileId: string | number | null,
  chunkId: number | null,
  { columns }: ChunkOptions,
  reader: TableReader,
): Promise<Chunk> {
  const address = fileId === null || fileId === undefined ? url : `${url.replace(/\/+$/, "")}/${fileId}.parquet`;
  const file = await openIfThere(address, reader);
  if (!file)
    throw new NotFoundError(`There is no file ${address}. The ids of a table's files are in its chunks' metadata.`);
  const count = file.metadata.row_groups.length;
  const isWhole = chunkId === null || chunkId === undefined;
  if (!isWhole && !(Number.isInteger(Number(chunkId)) && Number(chunkId) >= 0 && Number(chunkId) < count)) {
    const range = count === 0 ? "it has none" : `it has 0 to ${count - 1}`;
    throw new UdfParameterError(
      `${address} has no row group ${chunkId}: ${range}. The table may have changed since its metadata was read.`,
    );
  }
  const geometry = geometryColumn(file.metadata);
  const wanted = columns && checkedColumns(columns, file.metadata, address, geometry);
  const rowGroups = isWhole ? undefined : [Number(chunkId)];
  const rows = await readRows(file, { rowGroups, columns: wanted, batchSize: reader.rowGroupBatchSize }, reader);
  settleIntegers(rows);
  return geometry === undefined ? rows : toFeatures(rows, geometry, crsOf(file.metadata, geometry));
}

async function openIfThere(address: string, reader: TableReader): Promise<ParquetFile | undefined> {
  try {
    return await openParquet(reader.open(address), reader);
  } catch (error) {
    if (error instanceof MissingFileError) return undefined;
    throw error;
  }
}

/** One feature for each chunk, in the order met: a sample may have several rows of one. */
function collect(rows: Record<string, unknown>[]): FeatureCollection<Polygon, ChunkProperties> {
  const chunks = new Map<string, ChunkProperties>();
  for (const row of rows) {
    const file = row["file_id"];
    const chunk: ChunkProperties = {
      file_id: file == null ? null : String(file),
      chunk_id: Number(row["chunk_id"] ?? 0),
      ...boxOf(row),
    };
    const key = `${chunk.file_id} ${chunk.chunk_id}`;
    const known = chunks.get(key);
    chunks.set(key, known ? union(known, chunk) : chunk);
  }
  return {
    type: "FeatureCollection",
    features: [...chunks.values()].map((properties) => ({
      type: "Feature",
      geometry: boxPolygon(properties),
      properties,
    })),
  };
}

/** The chunks that a summary of footers tells: one for each row group, numbered within its file. */
function chunksOfFooter({ row_groups: groups }: FileMetaData): Record<string, unknown>[] {
  const counts = new Map<string, number>();
  return groups.map(({ columns }) => {
    const path = columns[0]?.file_path ?? "";
    const chunk = counts.get(path) ?? 0;
    counts.set(path, chunk + 1);
    const statistic = (end: "min" | "max", axis: "x" | "y") => {
      const names = [`bbox_${end}${axis}`, `bbox.${axis}${end}`, `bbox.${end}${axis}`];
      const statistics = columns.find(({ meta_data: meta }) => names.includes(meta?.path_in_schema.join(".") ?? ""))
        ?.meta_data?.statistics;
      return Number(
        (end === "min" ? (statistics?.min_value ?? statistics?.min) : (statistics?.max_value ?? statistics?.max)) ??
          NaN,
      );
    };
    return {
      file_id: path === "" ? null : path.replace(/\.parquet$/, ""),
      chunk_id: chunk,
      bbox_minx: statistic("min", "x"),
      bbox_miny: statistic("min", "y"),
      bbox_maxx: statistic("max", "x"),
      bbox_maxy: statistic("max", "y"),
    };
  });
}

function columnNames({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  let inside = 0;
  for (const { name, num_children: children } of schema.slice(1)) {
    if (inside === 0) names.push(name);
    else inside--;
    inside += children ?? 0;
  }
  return names;
}

function checkedColumns(
  columns: string[],
  metadata: FileMetaData,
  address: string,
  geometry: string | undefined,
): string[] {
  const there = columnNames(metadata);
  const missing = columns.filter((name) => !there.includes(name));
  if (missing.length > 0) {
    const nearest = nearestName(missing[0]!, there);
    throw new UdfParameterError(
      `${address} has no column ${missing.join(", ")}.${nearest ? ` Did you mean ${nearest}?` : ""} It has ${there.join(", ")}.`,
    );
  }
  return geometry === undefined ? columns : [...new Set([...columns, geometry])];
}

/** The column that GeoParquet's metadata calls the primary geometry, else the first that holds geometries. */
function geometryColumn({ schema, key_value_metadata: pairs }: FileMetaData): string | undefined {
  const isGeometry = (name: string) =>
    schema.some((each) => each.name === name && /^GEO(METRY|GRAPHY)$/.test(each.logical_type?.type ?? ""));
  const primary = geoMetadata(pairs)?.primary_column;
  if (primary !== undefined && isGeometry(primary)) return primary;
  return schema.find(({ name }) => isGeometry(name))?.name;
}

interface GeoMetadata {
  primary_column?: string;
  columns?: Record<string, { crs?: { id?: { authority?: string; code?: unknown } } | null }>;
}

function geoMetadata(pairs: FileMetaData["key_value_metadata"]): GeoMetadata | undefined {
  const text = pairs?.find(({ key }) => key === "geo")?.value;
  return text === undefined ? undefined : (JSON.parse(text) as GeoMetadata);
}

/** A CRS that is not longitude and latitude, as older GeoJSON names it. */
function crsOf({ key_value_metadata: pairs }: FileMetaData, geometry: string): object | undefined {
  const id = geoMetadata(pairs)?.columns?.[geometry]?.crs?.id;
  if (!id || id.code === "CRS84" || Number(id.code) === 4326) return undefined;
  return { type: "name", properties: { name: `${id.authority}:${String(id.code)}` } };
}

/** Columns of 64-bit integers that all fit become numbers; ids that do not fit stay exact. */
function settleIntegers(rows: Record<string, unknown>[]): void {
  for (const name of Object.keys(rows[0] ?? {})) {
    const isSafe = (value: unknown) =>
      value == null || (typeof value === "bigint" && Number.isSafeInteger(Number(value)));
    if (!rows.some((row) => typeof row[name] === "bigint") || !rows.every((row) => isSafe(row[name]))) continue;
    for (const row of rows) if (row[name] != null) row[name] = Number(row[name]);
  }
}

function toFeatures(
  rows: Record<string, unknown>[],
  geometry: string,
  crs: object | undefined,
): FeatureCollection<Geometry | null> {
  const features: Feature<Geometry | null>[] = rows.map((row) => {
    const { [geometry]: shape, ...properties } = row;
    return { type: "Feature", geometry: (shape as Geometry | undefined) ?? null, properties };
  });
  return { type: "FeatureCollection", ...(crs && { crs }), features };
}
