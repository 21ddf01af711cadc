import type { Table } from "apache-arrow";
import type { Feature, GeoJSON } from "geojson";
import { arrowKindOf } from "../../engine/values/arrow-ipc.ts";
import { geometryColumn, geometryFromCell } from "../../engine/values/geoarrow.ts";
import { asFeatureCollection, crsName, isGeometry, type GeoCollection } from "../geojson.ts";
import { isGeoJson, isPlainObject } from "../results.ts";
import { asTable } from "./arrow-table.ts";
import { plainCell } from "./arrow-cell.ts";

/** A table of any kind, cell by cell as values of JavaScript; geometries are GeoJSON. */
export interface TableView {
  /** Each once: of columns that share a name, the later ones end in _2, _3, … */
  names: string[];
  rowCount: number;
  /** The cell of a column and a row. */
  cell(column: number, row: number): unknown;
  /** The column that geo formats take for the features' geometry; -1: none. */
  geometry: number;
  /** Name of the geometry's reference system; "" for longitude and latitude in degrees. */
  crs: string;
}

/** Reads a value of the family `table`. */
export async function viewTable(value: unknown): Promise<TableView> {
  if (arrowKindOf(value as object)) return viewArrow(await asTable(value));
  if (isGeoJson(value) || isFeatureList(value)) return viewFeatures(asFeatureCollection(value));
  return viewRows(value as Record<string, unknown>[]);
}

/** Whether a value is an array of GeoJSON features. */
export function isFeatureList(value: unknown): value is Feature[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => isGeoJson(each) && each.type === "Feature");
}

async function viewArrow(table: Table): Promise<TableView> {
  const arrow = await import("apache-arrow");
  const { fields } = table.schema;
  const vectors = fields.map((_field, i) => table.getChildAt(i)!);
  const geometries = fields.map((field, i) => geometryColumn(field, i));
  const geometry = geometries.findIndex((each) => each !== undefined);
  return {
    names: uniqueNames(fields.map(({ name }) => name)),
    rowCount: table.numRows,
    cell(column, row) {
      const cell: unknown = vectors[column]!.get(row);
      const geo = geometries[column];
      return geo ? geometryFromCell(cell, geo.encoding) : plainCell(arrow, cell, fields[column]!.type);
    },
    geometry,
    crs: geometry < 0 || geometries[geometry]!.isDegrees ? "" : geometries[geometry]!.crs,
  };
}

function viewFeatures(collection: GeoCollection): TableView {
  const { features, crs } = collection;
  const keys = [...new Set(features.flatMap(({ properties }) => Object.keys(properties ?? {})))];
  const hasIds = !keys.includes("id") && features.some(({ id }) => id !== undefined);
  const columns: ((feature: Feature) => unknown)[] = [
    ...(hasIds ? [({ id }: Feature) => id ?? null] : []),
    ...keys.map(
      (key) =>
        ({ properties }: Feature) =>
          properties?.[key] ?? null,
    ),
    ({ geometry }: Feature) => geometry,
  ];
  return {
    names: uniqueNames([...(hasIds ? ["id"] : []), ...keys, "geometry"]),
    rowCount: features.length,
    cell: (column, row) => columns[column]!(features[row] as Feature),
    geometry: columns.length - 1,
    crs: degreesAsNothing(crsName(crs)),
  };
}

function viewRows(rows: Record<string, unknown>[]): TableView {
  const names = [...new Set(rows.flatMap(Object.keys))];
  const geometry = names.findIndex((name) => {
    const cells = rows.map((row) => row[name]).filter((cell) => cell !== null && cell !== undefined);
    return cells.length > 0 && cells.every((cell) => isPlainObject(cell) && isGeometry(cell as unknown as GeoJSON));
  });
  return {
    names,
    rowCount: rows.length,
    cell: (column, row) => rows[row]![names[column]!] ?? null,
    geometry,
    crs: "",
  };
}

function degreesAsNothing(crs: string | undefined): string {
  return crs === undefined || /(CRS84|4326|4979)$/.test(crs) ? "" : crs;
}

/** Names that occur once; a second `a` is `a_2`, or the next that is free. */
export function uniqueNames(names: string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let number = 2;
    while (taken.has(`${name}_${number}`)) number++;
    taken.add(`${name}_${number}`);
    return `${name}_${number}`;
  });
}
