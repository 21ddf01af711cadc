import { inspect } from "node:util";
import { escapeHtml } from "../html.ts";

/** A control as it reads where nothing can be set. */
export interface ControlRow {
  kind: string;
  label: string;
  value: unknown;
}

/** Labels and values as a table, for pages that draw no widgets and for the saved notebook. */
export function controlHtml(rows: readonly ControlRow[]): string {
  const cells = rows.map(
    ({ kind, label, value }) =>
      `<tr><td align="left" style="text-align: left">${escapeHtml(label || kind)}</td>` +
      `<td align="left" style="text-align: left"><b>${escapeHtml(valueText(value))}</b></td></tr>`,
  );
  return `<table><tbody>${cells.join("")}</tbody></table>`;
}

export function controlText(rows: readonly ControlRow[]): string {
  return rows.map(({ kind, label, value }) => `${label || kind}: ${valueText(value)}`).join("\n");
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return inspect(value, { depth: 1, breakLength: Infinity });
}
