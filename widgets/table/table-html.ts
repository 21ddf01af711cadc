import { escapeHtml, grouped } from "../html.ts";
import { cut, visible } from "./cell-text.ts";
import type { ShownColumn, TableWindow } from "./table-text.ts";

const longestCell = 48;
const longestHint = 300;
const faint = "opacity: 0.6";

/**
 * The table for a notebook: names, types and rows. No script, no style sheet and no colour of its own, so it passes
 * JupyterLab's sanitizer and takes the theme it stands in; where inline styles are dropped too, it is still a table.
 */
export function tableHtml(table: TableWindow, counts: string): string {
  const hiddenColumns = table.columnCount - table.columns.length;
  const title = table.title ? `<b>${escapeHtml(table.title)}</b> · ` : "";
  const more = hiddenColumns > 0 ? `<th style="${alignment(false)}">…</th>` : "";
  const head = table.columns.map(headCell).join("");
  const types = table.columns.map(typeCell).join("");
  const rows: string[] = [];
  for (let row = 0; row < table.shownRows; row++) {
    const cells = table.columns.map((column) => bodyCell(column, row)).join("");
    rows.push(`<tr>${cells}${more && `<td style="${faint}">…</td>`}</tr>`);
  }
  const body =
    table.columns.length === 0
      ? ""
      : `<table style="margin: 0; border-collapse: collapse">` +
        `<thead><tr>${head}${more}</tr><tr>${types}${more && "<td></td>"}</tr></thead>` +
        `<tbody>${rows.join("\n")}</tbody></table>`;
  const footer = footnote(table.rowCount - table.shownRows, hiddenColumns);
  return `<div style="overflow-x: auto">\n<p style="margin: 0 0 6px">${title}<small style="${faint}">${counts}</small></p>\n${body}${footer}\n</div>`;
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

function headCell({ name, numeric }: ShownColumn): string {
  const text = escapeHtml(cut(visible(name), longestCell));
  return `<th align="${numeric ? "right" : "left"}" style="${alignment(numeric)}">${text}</th>`;
}

function typeCell({ type, numeric }: ShownColumn): string {
  const text = escapeHtml(cut(type, longestCell));
  const style = `${alignment(numeric)}; ${faint}; font-weight: normal`;
  return `<td align="${numeric ? "right" : "left"}" style="${style}"><small>${text}</small></td>`;
}

function bodyCell({ cells, numeric }: ShownColumn, row: number): string {
  const { text, isNull } = cells[row]!;
  const side = numeric ? "right" : "left";
  if (isNull) return `<td align="${side}" style="${alignment(numeric)}; opacity: 0.4"><i>null</i></td>`;
  const short = cut(text, longestCell);
  const hint = short === text ? "" : ` title="${escapeHtml(cut(text, longestHint))}"`;
  return `<td align="${side}" style="${alignment(numeric)}"${hint}>${escapeHtml(short)}</td>`;
}
