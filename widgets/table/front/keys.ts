import type { Grid } from "./grid.ts";
import type { RowCache } from "./row-cache.ts";
import type { Selection } from "./selection.ts";

/**
 * Keys of the grid: arrows, Home, End, Page Up and Page Down move the cell (with Ctrl to the edge, with Shift selecting),
 * Ctrl+A selects all rows, Space the row, Escape nothing; Ctrl+C copies.
 */
export function listenToKeys(
  body: HTMLElement,
  { grid, cache, selection, columnCount }: { grid: Grid; cache: RowCache; selection: Selection; columnCount: number },
  changed: () => void,
  copy: () => void,
): void {
  body.addEventListener("keydown", (event) => {
    if ((event.target as HTMLElement).closest("button, input, select")) return;
    const { focus } = selection;
    const last = cache.rowCount - 1;
    const jump = event.ctrlKey || event.metaKey;
    const page = Math.max(1, grid.view.rows[1] - grid.view.rows[0] - 2);
    const moves: Record<string, () => { column: number; row: number }> = {
      ArrowDown: () => ({ ...focus, row: jump ? last : focus.row + 1 }),
      ArrowUp: () => ({ ...focus, row: jump ? 0 : focus.row - 1 }),
      ArrowRight: () => ({ ...focus, column: jump ? columnCount - 1 : focus.column + 1 }),
      ArrowLeft: () => ({ ...focus, column: jump ? 0 : focus.column - 1 }),
      PageDown: () => ({ ...focus, row: focus.row + page }),
      PageUp: () => ({ ...focus, row: focus.row - page }),
      Home: () => ({ column: 0, row: jump ? 0 : focus.row }),
      End: () => ({ column: columnCount - 1, row: jump ? last : focus.row }),
    };
    const move = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined;
    if (move && last >= 0) {
      const { column, row } = selection.isEmpty() ? focus : move();
      const place = {
        column: Math.max(0, Math.min(columnCount - 1, column)),
        row: Math.max(0, Math.min(last, row)),
      };
      selection.selectCell(place, { extend: event.shiftKey });
      void grid.reveal(place.column, place.row);
    } else if (event.key === " ") selection.selectRow(focus.row, { extend: event.shiftKey, add: jump });
    else if (jump && event.key.toLowerCase() === "a") selection.selectAll(cache.rowCount);
    else if (jump && event.key.toLowerCase() === "c") copy();
    else if (event.key === "Escape") selection.clear();
    else return;
    // A notebook's own keys (run, insert a cell …) are not meant.
    event.preventDefault();
    event.stopPropagation();
    changed();
  });
}
