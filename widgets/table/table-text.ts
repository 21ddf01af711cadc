import { grouped } from "../html.ts";
import type { Cell } from "./cell-text.ts";
import { cut, visible } from "./cell-text.ts";

/** The part of a table that is shown. */
export interface TableWindow {
  title?: string;
  rowCount: number;
  columnCount: number;
  shownRows: number;
  columns: ShownColumn[];
}

export interface ShownColumn {
  name: string;
  type: string;
  numeric: boolean;
  cells: Cell[];
}

const widestCell = 32;
const widestLine = 110;

/** The table for a terminal: names, types, rows, aligned; as many columns as a line of 110 letters holds. */
export function tableText(table: TableWindow, counts: string): string {
  const columns = table.columns.map((column) => {
    const lines = [column.name, column.type, ...column.cells.map(({ text }) => text)];
    const texts = lines.map((line) => cut(visible(line), widestCell));
    const width = Math.max(...texts.map(textWidth));
    return { texts, width, numeric: column.numeric };
  });
  let used = 0;
  const fitting = columns.filter(({ width }, index) => (used += width + 2) <= widestLine || index === 0);
  const hidden = table.columnCount - fitting.length;

  const line = (row: number) =>
    fitting
      .map(({ texts, width, numeric }) => {
        const padding = " ".repeat(width - textWidth(texts[row]!));
        return numeric ? padding + texts[row]! : texts[row]! + padding;
      })
      .join("  ")
      .trimEnd() + (hidden > 0 && row === 0 ? "  …" : "");

  const lines = [table.title ? `${table.title}: ${counts}` : counts];
  if (fitting.length > 0) {
    const rule = "─".repeat(fitting.reduce((sum, { width }) => sum + width + 2, -2));
    lines.push("", line(0), line(1), rule);
    for (let row = 0; row < table.shownRows; row++) lines.push(line(row + 2));
  }
  const more: string[] = [];
  const moreRows = table.rowCount - table.shownRows;
  if (moreRows > 0) more.push(`${grouped(moreRows)} more ${moreRows === 1 ? "row" : "rows"}`);
  if (hidden > 0) more.push(`${grouped(hidden)} more ${hidden === 1 ? "column" : "columns"}`);
  if (more.length > 0) lines.push(`… ${more.join(", ")}`);
  return lines.join("\n");
}

const wide = /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60]/u;
const noWidth = /\p{Mark}|\p{Default_Ignorable_Code_Point}/u;

/** How many terminal cells a text takes (Unicode East Asian Width, wide forms two, marks none). */
function textWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += noWidth.test(letter) ? 0 : wide.test(letter) ? 2 : 1;
  return width;
}
