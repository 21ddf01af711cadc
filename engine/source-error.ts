/** A UDF whose source does not parse. Position 1-based, as the author counts; the message shows the line. */
export class SourceError extends Error {
  override name = "SyntaxError";
  line: number;
  column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** A `SourceError` for what is wrong at an offset of a source whose first line its author counts as `firstLine`. */
export function sourceErrorAt(
  problem: string,
  source: string,
  offset: number,
  origin: { name: string; firstLine: number },
): SourceError {
  const before = source.slice(0, offset).split("\n");
  const column = before.at(-1)!.length + 1;
  const line = before.length - 1 + origin.firstLine;
  const message = `${problem} (${origin.name}:${line}:${column})\n${codeFrame(source, before.length, column, origin.firstLine)}`;
  return new SourceError(message, line, column);
}

/** The line at fault with the two above it, and a caret. */
function codeFrame(source: string, row: number, column: number, firstLine: number): string {
  const lines = source.split("\n");
  const width = String(row + firstLine - 1).length;
  const shown = lines.slice(Math.max(0, row - 3), row).map((text, i, all) => {
    const number = row - all.length + i + firstLine;
    return `${i === all.length - 1 ? ">" : " "} ${String(number).padStart(width)} | ${text}`;
  });
  return [...shown, `  ${" ".repeat(width)} | ${" ".repeat(column - 1)}^`].join("\n");
}
