/** A cell by its place in the present order. */
export interface Place {
  column: number;
  row: number;
}

/** What is selected: cells of a rectangle, whole rows, and the cell that keys move. */
export interface Selection {
  readonly focus: Place;
  /** Rows from (included) to (excluded), apart from one another. */
  ranges(): [from: number, to: number][];
  /** The first and last column of the selection; undefined: all. */
  columns(): [from: number, to: number] | undefined;
  isEmpty(): boolean;
  has(column: number, row: number): boolean;
  hasRow(row: number): boolean;
  /** @param extend up to here from where the selection began @param add keeps what is selected */
  selectCell(place: Place, options?: { extend?: boolean }): void;
  selectRow(row: number, options?: { extend?: boolean; add?: boolean }): void;
  selectAll(rows: number): void;
  clear(): void;
}

export function createSelection(): Selection {
  let focus: Place = { column: 0, row: 0 };
  let anchor: Place = focus;
  let rows: [number, number][] = [];
  let cells: { columns: [number, number]; rows: [number, number] } | undefined;
  const span = (a: number, b: number): [number, number] => [Math.min(a, b), Math.max(a, b) + 1];

  return {
    get focus() {
      return focus;
    },
    ranges: () => (cells ? [cells.rows] : rows),
    columns: () => cells && [cells.columns[0], cells.columns[1] - 1],
    isEmpty: () => !cells && rows.length === 0,
    has(column, row) {
      if (cells) return inside(column, cells.columns) && inside(row, cells.rows);
      return rows.some((range) => inside(row, range));
    },
    hasRow: (row) => !cells && rows.some((range) => inside(row, range)),
    selectCell(place, { extend = false } = {}) {
      focus = place;
      if (!extend) anchor = place;
      rows = [];
      cells = { columns: span(anchor.column, place.column), rows: span(anchor.row, place.row) };
    },
    selectRow(row, { extend = false, add = false } = {}) {
      cells = undefined;
      focus = { ...focus, row };
      if (extend) {
        rows = [...(add ? rows : []), span(anchor.row, row)];
        return;
      }
      anchor = focus;
      const isSelected = rows.some((range) => inside(row, range));
      if (add && isSelected) rows = rows.flatMap((range) => without(range, row));
      else rows = [...(add ? rows : []), [row, row + 1]];
    },
    selectAll(count) {
      cells = undefined;
      rows = count > 0 ? [[0, count]] : [];
    },
    clear() {
      cells = undefined;
      rows = [];
      anchor = focus = { column: 0, row: 0 };
    },
  };
}

const inside = (value: number, [from, to]: [number, number]): boolean => value >= from && value < to;

function without([from, to]: [number, number], row: number): [number, number][] {
  const parts: [number, number][] = [
    [from, Math.min(to, row)],
    [Math.max(from, row + 1), to],
  ];
  return parts.filter(([a, b]) => b > a);
}
