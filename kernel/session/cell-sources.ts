import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { codeFrame } from "./code-frame.ts";
import { transpileCell, type CellSyntaxError } from "./transpile.ts";

interface CellSource {
  source: string;
  traced?: TraceMap[];
}

/** Cells whose functions may still fail later are remembered, so that positions in a stack are the author's. */
export interface CellSources {
  /** Transpiles and remembers. `part` numbers a piece that a magic evaluates inside its cell. */
  transpile(name: string, source: string, part?: number): string;
  partName(name: string, part: number): string;
  /** A stack with the author's positions, and the code around the first of them. */
  traceback(stack: string): string[];
  syntaxTraceback(name: string, error: CellSyntaxError): string[];
}

const remembered = 2000;
/** Cells are often run again as they are: so many of up to so many characters are not transpiled again. */
const kept = { cells: 100, characters: 10_000 };

export function createCellSources(): CellSources {
  const cells = new Map<string, CellSource>();
  const latest = new Map<string, string>();
  const transpiled = new Map<string, string>();
  const toJs = (source: string): string => {
    const js = transpiled.get(source) ?? transpileCell(source).js;
    if (source.length > kept.characters) return js;
    transpiled.delete(source);
    transpiled.set(source, js);
    if (transpiled.size > kept.cells) transpiled.delete(transpiled.keys().next().value!);
    return js;
  };
  const partName = (name: string, part: number): string => `${name}#${part}`;

  const position = (script: string, line: number, column: number): { line: number; column: number } | undefined => {
    const cell = cells.get(script);
    if (!cell) return undefined;
    // Few cells ever fail: their maps are made then, from the text, rather than kept for all.
    cell.traced ??= transpileCell(cell.source)
      .maps()
      .map((map) => new TraceMap(map));
    // Line 1 of the script is the await that every cell begins with.
    let at = { line: Math.max(1, line - 1), column: column - 1 };
    for (const map of cell.traced) {
      const found = originalPositionFor(map, at);
      if (found.line === null) return undefined;
      at = { line: found.line, column: found.column };
    }
    return { line: at.line, column: at.column + 1 };
  };

  return {
    partName,
    transpile(name, source, part) {
      const script = part === undefined ? name : partName(name, part);
      latest.set(name, source);
      const js = toJs(source);
      cells.delete(script);
      cells.set(script, { source });
      if (cells.size > remembered) cells.delete(cells.keys().next().value!);
      if (latest.size > remembered) latest.delete(latest.keys().next().value!);
      return js;
    },
    traceback(stack) {
      // An error that brings its own picture of the code, a UDF's, needs none of the cell that called it.
      const pictured = /^> +\d+ \| /m.test(stack);
      let frame: string | undefined;
      const lines = stack.replace(
        /(cell\[\d+\])(#\d+)?:(\d+):(\d+)/g,
        (whole, name: string, part: string, line, column) => {
          const script = name + (part ?? "");
          const found = position(script, Number(line), Number(column));
          if (!found) return whole.replace(/#\d+/, "");
          if (!pictured) frame ??= codeFrame(cells.get(script)!.source, found.line, found.column);
          return `${name}:${found.line}:${found.column}`;
        },
      );
      return frame ? [...lines.split("\n"), "", ...frame.split("\n")] : lines.split("\n");
    },
    syntaxTraceback(name, error) {
      const head = `SyntaxError: ${error.message}\n    at ${name}:${error.line}:${error.column}`;
      const frame = codeFrame(latest.get(name) ?? "", error.line, error.column);
      return [...head.split("\n"), "", ...frame.split("\n"), ...(error.help ? ["", error.help] : [])];
    },
  };
}
