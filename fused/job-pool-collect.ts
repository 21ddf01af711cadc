import type { Table } from "apache-arrow";
import { FusedError } from "./errors.ts";
import { parametersText } from "./parameter-text.ts";
import { concatTables } from "./results-concat.ts";
import { asRaster } from "./results-raster.ts";
import { isArrowTable, isGeoJson, isPlainObject } from "./results.ts";

/** A table as this SDK gives it: an Arrow Table, or an array of plain row objects. */
export type CollectedTable = Table | Record<string, unknown>[];

/** What one run gave, with the arguments it was given. */
export interface CollectedRun {
  args: Record<string, unknown>;
  value: unknown;
}

export interface CollectOptions {
  /** Default true: tables are joined end to end. False: one row per run, its value in the column `result`. */
  flatten?: boolean;
  /** Default false: the arguments are columns in front of the result's own. True: they are left out. */
  dropIndex?: boolean;
}

/**
 * One table of many runs' values, in the order given (fused-spec.md 9.4). Arrow tables make an Arrow table; everything
 * else makes rows: an array of rows, the features of a GeoJSON collection (properties, and the geometry in the column
 * `geometry`), an object's members as columns, any other value in the column `result`. Where an argument and a result
 * column share a name, the argument's is `name_arg`. A run that gave nothing adds no rows to tables.
 * @throws FusedError where some runs gave tables and others single values
 */
export async function collectRuns(runs: CollectedRun[], options: CollectOptions = {}): Promise<CollectedTable> {
  const { flatten = true, dropIndex = false } = options;
  const labelled = dropIndex ? runs.map(({ value }) => ({ args: {}, value })) : runs;
  if (!flatten) return labelled.map(({ args, value }) => withArguments(args, { result: value }));
  const tables = labelled.filter(({ value }) => isTableLike(value));
  const none = labelled.filter(({ value }) => value === null || value === undefined);
  if (tables.length === 0) return labelled.map(({ args, value }) => withArguments(args, singleRow(value)));
  if (tables.length + none.length < labelled.length) {
    const single = labelled.find(({ value }) => !isTableLike(value) && value !== null && value !== undefined)!;
    throw new FusedError(
      `Some runs gave tables and others single values (the run with ${parametersText(single.args)} gave ` +
        `${describe(single.value)}): pass { flatten: false } to get one row per run.`,
    );
  }
  if (tables.every(({ value }) => isArrowTable(value))) {
    return concatTables(tables.map(({ args, value }) => ({ table: value as Table, args })));
  }
  return tables.flatMap(({ args, value }) => tableRows(value).map((row) => withArguments(args, row)));
}

/** Rows of an Arrow table as plain objects. */
export function arrowRows(table: Table): Record<string, unknown>[] {
  return table.toArray().map((row: { toJSON(): Record<string, unknown> }) => row.toJSON());
}

function isTableLike(value: unknown): boolean {
  if (isArrowTable(value)) return true;
  if (isGeoJson(value)) return value.type === "FeatureCollection";
  return Array.isArray(value) && !asRaster(value) && value.every((each) => isPlainObject(each));
}

function tableRows(value: unknown): Record<string, unknown>[] {
  if (isArrowTable(value)) return arrowRows(value);
  const rows = isGeoJson(value) && value.type === "FeatureCollection" ? value.features : (value as unknown[]);
  return rows.map((row) => (isGeoJson(row) ? featureRow(row) : (row as Record<string, unknown>)));
}

function singleRow(value: unknown): Record<string, unknown> {
  if (isGeoJson(value)) return featureRow(value);
  return isPlainObject(value) && !asRaster(value) ? value : { result: value ?? null };
}

function featureRow(geojson: object): Record<string, unknown> {
  const { type, properties, geometry } = geojson as Record<string, unknown>;
  return type === "Feature" ? { ...(properties as object | null), geometry } : { geometry: geojson };
}

function withArguments(args: Record<string, unknown>, row: Record<string, unknown>): Record<string, unknown> {
  const columns = Object.entries(args).map(([name, value]) => [Object.hasOwn(row, name) ? `${name}_arg` : name, value]);
  return { ...Object.fromEntries(columns), ...row };
}

function describe(value: unknown): string {
  return typeof value === "object" ? `a ${value!.constructor?.name ?? "object"}` : `a ${typeof value}`;
}
