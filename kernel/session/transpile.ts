import { parseSync } from "oxc-parser";
import { transformSync } from "oxc-transform";
import { splitCell } from "../../magics/split.ts";
import { toReplScript } from "./repl-script.ts";

/** A cell as V8 can evaluate it in REPL mode, and the way back to the author's lines. */
export interface TranspiledCell {
  js: string;
  /** Source maps (JSON) that lead from `js` to the cell, one after the other; made when a position is asked for. */
  maps: () => [rewriting: string, types: string];
}

/** A cell that does not parse. Positions are 1-based, as the author counts. */
export class CellSyntaxError extends Error {
  override name = "SyntaxError";
  line: number;
  column: number;
  /** The parser's advice, if it has one. */
  help: string | null;

  constructor(message: string, line: number, column: number, help: string | null) {
    super(message);
    this.line = line;
    this.column = column;
    this.help = help;
  }
}

/**
 * Turns a cell into JavaScript: magics into calls, TypeScript into JavaScript, top-level declarations into ones that later
 * cells may make again.
 * @throws CellSyntaxError
 */
export function transpileCell(source: string): TranspiledCell {
  const typescript = asExpression(splitCell(source));
  const { code, map, lang } = toJavaScript(typescript);
  const { js, map: rewriting } = toReplScript(code, typescript, lang);
  return { js, maps: () => [rewriting(), map()] };
}

/** `{ a: 1 }` alone is meant as an object, as in Node's own REPL, though a statement that begins so is a block. */
function asExpression(source: string): string {
  if (!/^\s*\{[^]*\}\s*;?\s*$/.test(source)) return source;
  const wrapped = `(${source.trimEnd().replace(/;$/, "")})`;
  return parseSync("cell.ts", wrapped, { lang: "ts" }).errors.length === 0 ? wrapped : source;
}

function toJavaScript(source: string): { code: string; map: () => string; lang: "ts" | "tsx" } {
  let failure: CellSyntaxError | undefined;
  for (const lang of ["ts", "tsx"] as const) {
    const transform = (sourcemap: boolean) =>
      transformSync(`cell.${lang}`, source, {
        lang,
        sourceType: "module",
        sourcemap,
        target: "esnext",
        // An import that this cell does not use may be what the next cell needs.
        typescript: { onlyRemoveTypeImports: true },
        decorator: { legacy: true },
      });
    const { code, errors } = transform(false);
    if (errors.length === 0) return { code, map: () => JSON.stringify(transform(true).map), lang };
    failure ??= syntaxError(errors[0]!, source);
  }
  throw failure!;
}

interface ParserError {
  message: string;
  helpMessage: string | null;
  labels: { start: number }[];
}

function syntaxError(error: ParserError, source: string): CellSyntaxError {
  const before = source.slice(0, error.labels[0]?.start ?? source.length).split("\n");
  return new CellSyntaxError(error.message, before.length, before.at(-1)!.length + 1, error.helpMessage);
}
