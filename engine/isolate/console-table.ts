import { inspect } from "./inspect.ts";

/** `console.table`: rows of an array or object as a box of text; anything else as `console.log` shows it. */
export function tableText(rows: unknown, columns?: string[]): string {
  if (typeof rows !== "object" || rows === null) return inspect(rows);
  const entries: [string, unknown][] = Object.entries(rows);
  const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
  const keys = columns ?? [...new Set(entries.flatMap(([, row]) => (isRecord(row) ? Object.keys(row) : [])))];
  const hasValues = entries.some(([, row]) => !isRecord(row));
  const head = ["(index)", ...keys, ...(hasValues ? ["Values"] : [])];
  const body = entries.map(([index, row]) => [
    index,
    ...keys.map((key) => (isRecord(row) && key in row ? inspect(row[key], 0) : "")),
    ...(hasValues ? [isRecord(row) ? "" : inspect(row, 0)] : []),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...body.map((cells) => cells[i]!.length)) + 2);
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => "─".repeat(width)).join(middle) + right;
  const line = (cells: string[]) => `│${cells.map((cell, i) => ` ${cell}`.padEnd(widths[i]!)).join("│")}│`;
  return [rule("┌", "┬", "┐"), line(head), rule("├", "┼", "┤"), ...body.map(line), rule("└", "┴", "┘")].join("\n");
}
