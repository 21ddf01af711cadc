import { escapeHtml } from "../html-text.ts";
import { plainJson } from "./json.ts";
import { viewTable } from "./table-view.ts";

/** Rows a page shows; a browser stands no more. */
const mostRows = 10_000;

const style =
  "body{font:14px system-ui,sans-serif;margin:1.5rem}table{border-collapse:collapse}" +
  "th,td{padding:.25rem .75rem;border-bottom:1px solid #ddd;text-align:left;white-space:nowrap}" +
  "td.n{text-align:right;font-variant-numeric:tabular-nums}th{position:sticky;top:0;background:#fff}";

/** A page: text is its HTML itself, a table is a table with no scripts, of the first 10,000 rows. */
export async function encodeHtml(value: unknown): Promise<string> {
  if (typeof value === "string") return value;
  const { names, rowCount, cell } = await viewTable(value);
  const head = names.map((name) => `<th>${escapeHtml(name)}</th>`).join("");
  const rows: string[] = [];
  for (let row = 0; row < Math.min(rowCount, mostRows); row++) {
    rows.push(`<tr>${names.map((_name, column) => cellHtml(cell(column, row))).join("")}</tr>`);
  }
  const rest = rowCount > mostRows ? `<p>${rowCount - mostRows} more rows: ask for csv or parquet to get all.</p>` : "";
  return (
    `<!doctype html><meta charset="utf-8"><title>Table</title><style>${style}</style>` +
    `<table><thead><tr>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table>${rest}\n`
  );
}

function cellHtml(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return `<td class="n">${value}</td>`;
  const json = plainJson(value);
  const text = json === null ? "" : typeof json === "string" ? json : JSON.stringify(json);
  return `<td>${escapeHtml(text)}</td>`;
}
