import type * as Arrow from "apache-arrow";
import type { Geometry, Position } from "geojson";
import { geometryColumn, geometryFromCell } from "../../../engine/values/geoarrow.ts";
import { plainValue } from "../arrow-source.ts";
import { cellTexts } from "../cell-text.ts";
import { isPicture } from "../cell-kind.ts";
import type { ColumnFile } from "../column-file.ts";
import { booleanColumn, numberColumn, tableOf, textColumn } from "../column-values.ts";
import { jsonMark } from "../source-table.ts";
import type { ColumnSpec } from "../table-spec.ts";
import type { RowIds } from "./row-order.ts";

type ArrowModule = typeof Arrow;

/** Bytes of a page, at most; a page that would be larger has fewer rows. */
const largestPage = 1 << 20;
/** Letters of a cell's text. */
const longestCell = 500;
/** Numbers of a list that are drawn as a line, corners of a geometry that are drawn as a shape. */
const mostPoints = 64;
/** Bytes of a picture that is shown in a cell. */
const largestPicture = 48_000;

export interface Page {
  bytes: Uint8Array;
  /** One past its last row. */
  end: number;
}

/**
 * Rows `start` to `end` of an order as an Arrow IPC stream of one batch. Column i holds the cells of `columns[i]` in a form
 * that a page draws without knowing Arrow's types: numbers, booleans, else text (for geometries, lists and pictures JSON or
 * data URLs).
 */
export function pageOfRows(
  arrow: ArrowModule,
  file: ColumnFile,
  specs: readonly ColumnSpec[],
  ids: RowIds,
  start: number,
  end: number,
  columns: readonly number[],
): Page {
  for (;;) {
    const length = Math.max(0, end - start);
    const made = columns.map((column) => ({
      name: String(column),
      vector: pageColumn(arrow, cellsAt(arrow, file, column, ids, start, length), specs[column]!),
    }));
    const bytes = arrow.tableToIPC(tableOf(arrow, made, length), "stream");
    if (bytes.length <= largestPage || length <= 1) return { bytes, end: start + length };
    end = start + Math.max(1, Math.floor((length * largestPage) / bytes.length / 1.2));
  }
}

/** The cells of one column, in the order of the ids, as JavaScript has them. */
function cellsAt(
  arrow: ArrowModule,
  file: ColumnFile,
  column: number,
  ids: RowIds,
  start: number,
  length: number,
): unknown[] {
  const { chunkRows } = file.index;
  const field = file.fields[column]!;
  const geometry = geometryColumn(field, column);
  const dictionary = file.dictionary(column);
  const type = dictionary ? dictionary.type : field.type;
  const isJson = field.metadata.has(jsonMark);
  return Array.from({ length }, (_none, i) => {
    const row = ids ? ids[start + i]! : start + i;
    const vector = file.chunk(column, Math.floor(row / chunkRows));
    let cell: unknown = vector.get(row % chunkRows);
    if (dictionary && cell !== null) cell = dictionary.get(Number(cell));
    if (cell === null || cell === undefined) return null;
    if (isJson) return JSON.parse(cell as string) as unknown;
    if (!geometry) return plainValue(cell, type);
    try {
      return geometryFromCell(cell, geometry.encoding);
    } catch {
      return plainValue(cell, type);
    }
  });
}

/** Cells as a page gets them. */
function pageColumn(arrow: ArrowModule, cells: unknown[], { kind }: ColumnSpec): Arrow.Vector {
  const { length } = cells;
  switch (kind) {
    case "number":
      return numberColumn(arrow, length, (row) => (cells[row] === null ? null : Number(cells[row])));
    case "integer":
      return cells.every((cell) => cell === null || typeof cell === "number")
        ? numberColumn(arrow, length, (row) => cells[row])
        : textColumn(arrow, length, (row) => (cells[row] === null ? null : String(cells[row])));
    case "boolean":
      return booleanColumn(arrow, length, (row) => cells[row]);
    case "h3":
      return textColumn(arrow, length, (row) => h3Text(cells[row]));
    case "geometry":
      return textColumn(arrow, length, (row) => geometryText(cells[row]));
    case "list":
      return textColumn(arrow, length, (row) => listText(cells[row]));
    case "image":
      return textColumn(arrow, length, (row) => pictureText(cells[row]));
    default: {
      const texts = cellTexts(cells);
      return textColumn(arrow, length, (row) => {
        const { isNull, text } = texts[row]!;
        return isNull ? null : text.slice(0, longestCell);
      });
    }
  }
}

const h3Text = (cell: unknown): string | null =>
  cell === null ? null : typeof cell === "string" ? cell : BigInt.asUintN(64, BigInt(cell as bigint)).toString(16);

/** `Polygon(5)` and a thinned outline in a box of 0 to 100, as JSON: `{"t": "…", "p": [[x, y, …], …], "c": closed}`. */
function geometryText(cell: unknown): string | null {
  if (cell === null) return null;
  const { text } = cellTexts([cell])[0]!;
  const geometry = cell as Geometry;
  const lines = linesOf(geometry);
  const all = lines.flat();
  if (all.length === 0) return JSON.stringify({ t: text, p: [] });
  const xs = all.map(([x]) => x!);
  const ys = all.map(([, y]) => y!);
  const [west, north] = [Math.min(...xs), Math.max(...ys)];
  const size = Math.max(Math.max(...xs) - west, north - Math.min(...ys)) || 1;
  const each = Math.max(2, Math.floor(mostPoints / lines.length));
  const parts = lines.slice(0, 16).map((line) => {
    const step = Math.max(1, line.length / each);
    const points = Array.from({ length: Math.min(line.length, each) }, (_none, i) => line[Math.floor(i * step)]!);
    return points.flatMap(([x, y]) => [
      Math.round(((x! - west) / size) * 100),
      Math.round(((north - y!) / size) * 100),
    ]);
  });
  return JSON.stringify({ t: text, p: parts, c: /Polygon/.test(geometry.type) });
}

function linesOf(geometry: Geometry): Position[][] {
  switch (geometry.type) {
    case "Point":
      return [[geometry.coordinates]];
    case "MultiPoint":
      return geometry.coordinates.map((point) => [point]);
    case "LineString":
      return [geometry.coordinates];
    case "MultiLineString":
      return geometry.coordinates;
    case "Polygon":
      return geometry.coordinates.slice(0, 1);
    case "MultiPolygon":
      return geometry.coordinates.map(([ring]) => ring!);
    case "GeometryCollection":
      return geometry.geometries.flatMap(linesOf);
    default:
      return [];
  }
}

/** The numbers of a list, evenly thinned, and how many there are. */
function listText(cell: unknown): string | null {
  if (cell === null) return null;
  const values = Array.from(cell as Iterable<unknown>, (each) => (each === null ? null : Number(each)));
  const step = Math.max(1, values.length / mostPoints);
  const some = Array.from({ length: Math.min(values.length, mostPoints) }, (_none, i) => values[Math.floor(i * step)]!);
  const rounded = some.map((each) => (each === null ? null : Number(each.toPrecision(4))));
  return JSON.stringify({ t: cellTexts([cell])[0]!.text, v: rounded });
}

function pictureText(cell: unknown): string | null {
  if (cell === null) return null;
  if (typeof cell === "string") return cell.length <= largestPicture ? cell : `${cell.length} letters`;
  const bytes = cell as Uint8Array;
  if (!isPicture(bytes) || bytes.length > largestPicture) return `${bytes.length} bytes`;
  const media = bytes[0] === 0x89 ? "png" : bytes[0] === 0xff ? "jpeg" : bytes[0] === 0x47 ? "gif" : "webp";
  return `data:image/${media};base64,${Buffer.from(bytes).toString("base64")}`;
}
