/**
 * The five lines of a text around a position, with a marker under it.
 * @param line line within `text`, counted from 1
 * @param column counted from 1
 * @param firstLine what the author calls the text's first line
 */
export function codeFrame(text: string, line: number, column: number, firstLine = 1): string {
  const lines = text.split("\n");
  const from = Math.max(1, line - 2);
  const to = Math.min(lines.length, line + 2);
  const width = String(to + firstLine - 1).length;
  const frame: string[] = [];
  for (let number = from; number <= to; number++) {
    const label = String(number + firstLine - 1).padStart(width);
    frame.push(`${number === line ? ">" : " "} ${label} | ${(lines[number - 1] ?? "").replaceAll("\t", " ")}`);
    if (number === line) frame.push(`  ${" ".repeat(width)} | ${" ".repeat(column - 1)}^`);
  }
  return frame.join("\n");
}

/** Line and column, both counted from 1, of an offset in a text. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
