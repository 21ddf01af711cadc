import "regular-table";
import type { RegularTableElement } from "regular-table/dist/esm/regular-table.js";
import type { ColumnSpec } from "../table-spec.ts";
import { cellPicture, cellText, hasPicture } from "./cell-view.ts";
import type { ColumnHeader } from "./column-header.ts";
import type { RowCache } from "./row-cache.ts";
import type { Selection } from "./selection.ts";

/** The part of the table that is in view. */
export interface View {
  columns: [from: number, to: number];
  rows: [from: number, to: number];
}

export interface Grid {
  element: RegularTableElement;
  readonly view: View;
  /** Draws again at the next frame. */
  draw(): void;
  /** What stands at an element of the grid. */
  placeOf(target: EventTarget | null): { column?: number; row?: number } | undefined;
  /** Scrolls so far that a cell is in view. */
  reveal(column: number, row: number): Promise<void>;
}

/** CSS pixels of a row. */
const rowHeight = 24;

interface Meta {
  type: string;
  x?: number;
  y?: number;
}

/**
 * The grid of cells: draws what is in view, from what the page has; what is missing is asked for and shows as "…".
 * @param looked called with what is in view after each drawing
 */
export function createGrid(
  columns: readonly ColumnSpec[],
  headers: readonly ColumnHeader[],
  cache: RowCache,
  selection: Selection,
  looked: (view: View) => void,
): Grid {
  const element = document.createElement("regular-table") as RegularTableElement;
  const view: View = { columns: [0, 0], rows: [0, 0] };
  const rowLabels = new Intl.NumberFormat("en-US");
  let frame = 0;

  const metaOf = (cell: HTMLElement): Meta | undefined => element.getMeta(cell) as Meta | undefined;
  /**
   * regular-table takes the header for as high as a row. It is higher, so that the way down would end before the last
   * rows are in view: as many rows that are not there follow them, and stay under the edge.
   */
  let beyond = 0;
  const measureHeader = (): void => {
    const header = element.querySelector("thead")?.offsetHeight ?? 0;
    const fits = header + cache.rowCount * rowHeight <= element.clientHeight;
    const rows = fits ? 0 : Math.ceil(header / rowHeight);
    if (rows === beyond) return;
    beyond = rows;
    draw();
  };
  const draw = (): void => {
    if (frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (element.isConnected)
        void (element as unknown as { draw(options: object): Promise<void> }).draw({ invalid_viewport: true });
    });
  };
  const shown = (column: number, row: number): string | HTMLElement => {
    if (row >= cache.rowCount) return "";
    const spec = columns[column]!;
    const cell = cache.cell(column, row);
    if (hasPicture(spec)) {
      const picture = cellPicture(cell, spec);
      if (picture) {
        const box = document.createElement("span");
        box.append(picture);
        return box;
      }
    }
    return cellText(cell, spec);
  };
  element.setDataListener(
    async (x0, y0, x1, y1) => {
      const data: (string | HTMLElement)[][] = [];
      for (let column = x0; column < Math.min(x1, columns.length); column++) {
        const cells: (string | HTMLElement)[] = [];
        for (let row = y0; row < y1; row++) cells.push(shown(column, row));
        data.push(cells);
      }
      view.columns = [x0, Math.min(x1, columns.length)];
      view.rows = [y0, Math.min(y1, cache.rowCount)];
      cache.want(view.columns, [Math.max(0, y0 - (y1 - y0)), y1 + (y1 - y0)]);
      const label = (row: number): string => (row < cache.rowCount ? rowLabels.format(row) : "");
      return {
        num_rows: cache.rowCount === 0 ? 0 : cache.rowCount + beyond,
        num_columns: columns.length,
        num_column_headers: 1,
        data: data as string[][],
        row_headers: Array.from({ length: y1 - y0 }, (_none, i) => [label(y0 + i)]),
        column_headers: headers.slice(x0, x1).map((header) => [header.element as unknown as string]),
        row_height: rowHeight,
        merge_headers: "row" as never,
      };
    },
    { column_classes: true },
  );
  element.addStyleListener(() => {
    for (const td of element.querySelectorAll<HTMLElement>("tbody td")) {
      const meta = metaOf(td);
      if (meta?.x === undefined || meta.y === undefined) continue;
      const cell = cache.cell(meta.x, meta.y);
      const names = [
        cell === null && "fk-null",
        cell === undefined && meta.y < cache.rowCount && "fk-wait",
        selection.has(meta.x, meta.y) && "fk-selected",
        selection.focus.column === meta.x && selection.focus.row === meta.y && !selection.isEmpty() && "fk-focus",
      ];
      mark(td, names);
      if (typeof cell === "string" && cell.length > 40 && !cell.startsWith("data:") && !cell.startsWith("{"))
        td.title = cell;
      else td.removeAttribute("title");
    }
    for (const th of element.querySelectorAll<HTMLElement>("tbody th")) {
      const row = metaOf(th)?.y;
      mark(th, [row !== undefined && selection.hasRow(row) && "fk-selected"]);
    }
    measureHeader();
    looked(view);
  });

  /** The column at the right edge may be cut, but for the last one at the end of the way. */
  function isSeen(column: number): boolean {
    const [from, to] = view.columns;
    const isAtEnd = element.scrollLeft + element.clientWidth >= element.scrollWidth - 1;
    return column >= from && column < Math.max(from + 1, isAtEnd ? to : to - 1);
  }

  return {
    element,
    view,
    draw,
    placeOf(target) {
      const cell = (target as HTMLElement | null)?.closest?.("td, th") as HTMLElement | null;
      const meta = cell ? metaOf(cell) : undefined;
      if (!meta || (meta.y !== undefined && meta.y >= cache.rowCount)) return undefined;
      if (meta.type === "row_header") return { row: meta.y };
      return meta.type === "body" ? { column: meta.x, row: meta.y } : undefined;
    },
    async reveal(column, row) {
      const body = element.clientHeight - (element.querySelector("thead")?.clientHeight ?? 0);
      const fitting = Math.max(1, Math.floor(body / rowHeight) - 1);
      const [firstRow] = view.rows;
      const target = row < firstRow ? row : row >= firstRow + fitting ? Math.max(0, row - fitting + 1) : firstRow;
      if (target !== firstRow || !isSeen(column)) {
        await element.scrollToCell(isSeen(column) ? view.columns[0] : column, target);
      }
      // Columns that were never drawn have no known width: what is left of the way goes by half pages.
      for (let tries = 0; tries < 40 && !isSeen(column); tries++) {
        const before = element.scrollLeft;
        element.scrollLeft += ((column < view.columns[0] ? -1 : 1) * element.clientWidth) / 2;
        if (element.scrollLeft === before) break;
        await new Promise(requestAnimationFrame);
        await (element as unknown as { flush(): Promise<void> }).flush();
      }
    },
  };
}

const marks = ["fk-null", "fk-wait", "fk-selected", "fk-focus"];
/** Cells are used again for other places: what one was last marked as. */
const marked = new WeakMap<HTMLElement, string>();

function mark(cell: HTMLElement, names: (string | false)[]): void {
  const key = names.join();
  if (marked.get(cell) === key) return;
  marked.set(cell, key);
  for (const name of marks) cell.classList.toggle(name, names.includes(name));
}

/** Rules that set numbers to the right; a column's place counts the row numbers before it. */
export function alignment(columns: readonly ColumnSpec[]): string {
  const right = columns.flatMap(({ kind }, i) =>
    kind === "number" || kind === "integer" ? [`td.rt-col-${i + 1}`] : [],
  );
  return right.length === 0 ? "" : `:is(${right.join(",")}) { text-align: right; }`;
}
