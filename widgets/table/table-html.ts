import { escapeHtml, grouped } from "../html.ts";
import { cut, visible } from "./cell-text.ts";
import type { ShownColumn, TableWindow } from "./table-text.ts";

/** Letters of a cell, and of the hint that a cut cell keeps. */
interface Lengths {
  cell: number;
  hint: number;
}

const lengths: Lengths[] = [
  { cell: 48, hint: 300 },
  { cell: 48, hint: 0 },
  { cell: 24, hint: 0 },
];
/** Letters of HTML that a table may take: so many in any case, and so many a cell where that is more. */
const budget = { table: 25_000, cell: 200 };
const faint = "opacity: 0.6";

/**
 * The table for a notebook: names, types and rows. No script, no style sheet and no colour of its own, so it passes
 * JupyterLab's sanitizer and takes the theme it stands in; where inline styles are dropped too, it is still a table.
 */
export function tableHtml(table: TableWindow, counts: string): string {
  const allowed = Math.max(budget.table, budget.cell * (table.shownRows + 2) * table.columns.length);
  let html = "";
  for (const letters of lengths) {
    html = htmlWith(table, counts, letters);
    if (html.length <= allowed) break;
  }
  return html;
}

function htmlWith(table: TableWindow, counts: string, letters: Lengths): string {
  const hiddenColumns = table.columnCount - table.columns.length;
  const title = table.title ? `<b>${escapeHtml(table.title)}</b> · ` : "";
  const more = hiddenColumns > 0 ? `<th style="${alignment(false)}">…</th>` : "";
  const head = table.columns.map((column) => headCell(column, letters)).join("");
  const types = table.columns.map((column) => typeCell(column, letters)).join("");
  const rows: string[] = [];
  for (let row = 0; row < table.shownRows; row++) {
    const cells = table.columns.map((column) => bodyCell(column, row, letters)).join("");
    rows.push(`<tr>${cells}${more && `<td style="${faint}">…</td>`}</tr>`);
  }
  const body =
    table.columns.length === 0
      ? ""
      : `<table style="margin: 0; border-collapse: collapse">` +
        `<thead><tr>${head}${more}</tr><tr>${types}${more && "<td></td>"}</tr></thead>` +
        `<tbody>${rows.join("\n")}</tbody></table>`;
  const footer = footnote(table.rowCount - table.shownRows, hiddenColumns);
  const caption = `<p style="margin: 0 0 6px">${title}<small style="${faint}">${counts}</small></p>`;
  return `<div style="overflow-x: auto; margin: 8px 0 0">\n${caption}\n${body}${footer}\n</div>`;
}

function footnote(moreRows: number, moreColumns: number): string {
  const parts: string[] = [];
  if (moreRows > 0) parts.push(`${grouped(moreRows)} more ${moreRows === 1 ? "row" : "rows"}`);
  if (moreColumns > 0) parts.push(`${grouped(moreColumns)} more ${moreColumns === 1 ? "column" : "columns"}`);
  if (parts.length === 0) return "";
  return `\n<p style="margin: 6px 0 0"><small style="${faint}">… ${parts.join(", ")}</small></p>`;
}

/** Both the attribute and the style: front ends set their own alignment on cells, and some drop inline styles. */
function alignment(numeric: boolean): string {
  return `text-align: ${numeric ? "right" : "left"}; padding: 3px 10px; white-space: nowrap`;
}

function headCell({ name, numeric }: ShownColumn, letters: Lengths): string {
  const text = escapeHtml(cut(visible(name), letters.cell));
  return `<th align="${numeric ? "right" : "left"}" style="${alignment(numeric)}">${text}</th>`;
}

function typeCell({ type, numeric }: ShownColumn, letters: Lengths): string {
  const text = escapeHtml(cut(type, letters.cell));
  const style = `${alignment(numeric)}; ${faint}; font-weight: normal`;
  return `<td align="${numeric ? "right" : "left"}" style="${style}"><small>${text}</small></td>`;
}

function bodyCell({ cells, numeric }: ShownColumn, row: number, letters: Lengths): string {
  const { text, isNull } = cells[row]!;
  const side = numeric ? "right" : "left";
  if (isNull) return `<td align="${side}" style="${alignment(numeric)}; opacity: 0.4"><i>null</i></td>`;
  const short = cut(text, letters.cell);
  const hint = short === text || letters.hint === 0 ? "" : ` title="${escapeHtml(cut(text, letters.hint))}"`;
  return `<td align="${side}" style="${alignment(numeric)}"${hint}>${escapeHtml(short)}</td>`;
}
