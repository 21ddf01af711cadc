/**
 * The lines around a position, the line itself marked and the column pointed at.
 * @param line 1-based
 * @param column 1-based
 * @param around lines shown before and after
 */
export function codeFrame(source: string, line: number, column: number, around = 2): string {
  const lines = source.split("\n");
  const first = Math.max(1, line - around);
  const last = Math.min(lines.length, line + around);
  const width = String(last).length;
  const out: string[] = [];
  for (let at = first; at <= last; at++) {
    const text = lines[at - 1]!.replace(/\t/g, " ").slice(0, 160);
    out.push(`${at === line ? ">" : " "} ${String(at).padStart(width)} | ${text}`);
    if (at === line && column <= 160) out.push(`  ${" ".repeat(width)} | ${" ".repeat(Math.max(0, column - 1))}^`);
  }
  return out.join("\n");
}
