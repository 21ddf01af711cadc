import { cellText } from "./cell-text.ts";
import { viewTable } from "./table-view.ts";

/** XML as pandas writes it: `<data>` of `<row>`s, an element a column; nothing is an empty element. */
export async function encodeXml(value: unknown): Promise<string> {
  const { names, rowCount, cell } = await viewTable(value);
  const tags = names.map(tagName);
  const lines = ["<?xml version='1.0' encoding='utf-8'?>", "<data>"];
  for (let row = 0; row < rowCount; row++) {
    lines.push("  <row>");
    for (const [column, tag] of tags.entries()) {
      const text = cellText(cell(column, row));
      lines.push(text === undefined ? `    <${tag}/>` : `    <${tag}>${escapeXml(text)}</${tag}>`);
    }
    lines.push("  </row>");
  }
  return `${[...lines, "</data>"].join("\n")}\n`;
}

/** Text between tags. Characters that XML 1.0 has no way to write are left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replace(/[&<>"\r]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? "&#13;");
}

/** A column's name as an element's: other signs become `_`, as does a digit's place in front. */
function tagName(name: string): string {
  const clean = name.replace(/[^\p{L}\p{N}_.-]/gu, "_");
  return /^[\p{L}_]/u.test(clean) && !/^xml/i.test(clean) ? clean : `_${clean}`;
}
