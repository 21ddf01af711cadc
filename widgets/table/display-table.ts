import { counted } from "../html.ts";
import type { MimeBundle } from "../mime-bundle.ts";
import { cellTexts, isNumeric } from "./cell-text.ts";
import { tableHtml } from "./table-html.ts";
import { tableSource } from "./table-source.ts";
import type { TableColumn, TableLike } from "./table-source.ts";
import { tableText } from "./table-text.ts";
import type { TableWindow } from "./table-text.ts";

export interface TableOptions {
  /** How many rows are shown. Default 10. */
  rows?: number;
  /** How many columns are shown. Default 20. */
  columns?: number;
  title?: string;
}

/**
 * Shows the first rows of a table: static HTML and aligned text. Only the cells that are shown are read.
 * @param value an Arrow table, an array of row objects, GeoJSON or an object of columns
 * @throws TypeError where the value is none of these, RangeError for counts that are not whole numbers from 0
 */
export function displayTable(value: TableLike, options: TableOptions = {}): MimeBundle {
  const { rows = 10, columns = 20, title } = options;
  for (const [name, count] of Object.entries({ rows, columns })) {
    if (!Number.isInteger(count) || count < 0) {
      throw new RangeError(`displayTable: "${name}" is ${count}; it must be a whole number from 0.`);
    }
  }
  const source = tableSource(value);
  const shownRows = Math.min(rows, source.rowCount);
  const window: TableWindow = {
    title,
    rowCount: source.rowCount,
    columnCount: source.columns.length,
    shownRows,
    columns: shownColumns(source.columns, columns).map(({ name, type, value: at }) => {
      const values = Array.from({ length: shownRows }, (_, row) => at(row));
      return { name, type, numeric: isNumericColumn(type, values), cells: cellTexts(values) };
    }),
  };
  const counts = `${counted(window.rowCount, "row")} × ${counted(window.columnCount, "column")}`;
  return {
    data: { "text/html": tableHtml(window, counts), "text/plain": tableText(window, counts) },
    metadata: {},
  };
}

/** The first columns; a geometry that stands further on takes the last place. */
function shownColumns(all: TableColumn[], count: number): TableColumn[] {
  const first = all.slice(0, count);
  const isGeometry = ({ type }: TableColumn) => type.startsWith("geometry");
  const geometry = all.find(isGeometry);
  return !geometry || count < 2 || first.some(isGeometry) ? first : [...first.slice(0, -1), geometry];
}

function isNumericColumn(type: string, values: unknown[]): boolean {
  return isNumeric(values) || /^(u?int\d*|float\d*|decimal.*|number|bigint)$/.test(type);
}
