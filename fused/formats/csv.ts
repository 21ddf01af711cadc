import { cellText } from "./cell-text.ts";
import { viewTable } from "./table-view.ts";

/** CSV (RFC 4180, with plain line feeds and a header). Nothing is null and "" the empty text; cells as `cellText` has them. */
export async function encodeCsv(value: unknown): Promise<string> {
  const { names, rowCount, cell } = await viewTable(value);
  const lines = [names.map(quoted).join(",")];
  for (let row = 0; row < rowCount; row++) lines.push(names.map((_name, column) => field(cell(column, row))).join(","));
  return `${lines.join("\n")}\n`;
}

function field(value: unknown): string {
  const text = cellText(value);
  if (text === undefined) return "";
  return typeof value === "string" || typeof value === "object" ? quoted(text) : text;
}

function quoted(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
