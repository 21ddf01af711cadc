import { stripVTControlCharacters, styleText } from "node:util";
import type { CellEnd } from "./execute-notebook.ts";
import type { CodeCell } from "./notebook-format.ts";

type Style = Parameters<typeof styleText>[0];

/** Shows a run cell by cell: one line each, and on a terminal also the cell that is running. */
export function progress(stream: NodeJS.WriteStream): {
  start(cell: CodeCell, number: number, total: number): void;
  end(cell: CodeCell, number: number, total: number, end: CellEnd): void;
} {
  const paint = (style: Style, text: string) => styleText(style, text, { stream });
  const place = (number: number, total: number) => {
    return paint("dim", `[${String(number).padStart(String(total).length)}/${total}]`);
  };
  const fit = (line: string) => {
    const room = (stream.isTTY ? stream.columns : 120) - 24;
    return line.length > room ? `${line.slice(0, Math.max(room - 1, 10))}…` : line;
  };
  return {
    start(cell, number, total) {
      if (stream.isTTY) stream.write(`${place(number, total)} … ${paint("dim", fit(titleOf(cell.source)))}`);
    },
    end(cell, number, total, { status, seconds }) {
      const mark = { ok: paint("green", "✓"), failed: paint("red", "✗"), allowed: paint("yellow", "!") }[status];
      const note = status === "allowed" ? paint("yellow", " (failed, as allowed)") : "";
      const time = formatSeconds(seconds).padStart(7);
      const line = `${place(number, total)} ${mark} ${time}  ${fit(titleOf(cell.source))}${note}\n`;
      stream.write(stream.isTTY ? `\r\x1b[K${line}` : line);
    },
  };
}

/** The line of a cell that says most: its first that is neither blank nor a comment. */
function titleOf(source: string): string {
  const lines = source.split("\n").map((line) => line.trim());
  const line = lines.find((each) => each !== "" && !/^(\/\/|\/\*|\*|#(?!\w))/.test(each)) ?? lines.find(Boolean) ?? "";
  return stripVTControlCharacters(line).replace(/\s+/g, " ");
}

/** `0.42 s`, `12.3 s`, `4 min 07 s` */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
