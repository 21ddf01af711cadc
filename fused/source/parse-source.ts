import { createRequire } from "node:module";
import type { Comment, OxcError, ParseResult, Program, StaticImport } from "oxc-parser";
import { explainTooDeep } from "../../engine/deep-source.ts";
import { UdfSyntaxError } from "../errors.ts";
import { codeFrame, positionAt } from "./code-frame.ts";

/** Text of which an author wrote the part from `start` to `end`; the rest is there for the parser's sake. */
export interface AuthorText {
  text: string;
  start: number;
  end: number;
  /** What the author calls the first line of that part. */
  firstLine: number;
  /** For messages: the UDF's name. */
  udfName: string;
}

export interface ParsedText {
  program: Program;
  comments: Comment[];
  imports: StaticImport[];
  errors: OxcError[];
}

type Parser = typeof import("oxc-parser");
let parser: Parser | undefined;

/** Parses TypeScript as a module. Errors come back in the order of the parser, most basic first. */
export function parseSource(text: string): ParsedText {
  // Loaded at the first UDF: a session that defines none does not pay for it.
  parser ??= createRequire(import.meta.url)("oxc-parser") as Parser;
  const problem = explainTooDeep(text);
  const result: ParseResult = parser.parseSync("udf.ts", problem === undefined ? text : "", {
    lang: "ts",
    astType: "ts",
    sourceType: "module",
    range: true,
    preserveParens: false,
    showSemanticErrors: true,
  });
  const { program, comments } = result;
  const tooDeep = { message: problem ?? "", helpMessage: null, labels: [{ message: null, start: 0, end: 0 }] };
  const errors = problem === undefined ? result.errors : [tooDeep as unknown as OxcError];
  return { program, comments, imports: result.module.staticImports, errors };
}

/** True for the error of a `return` that stands outside any function. */
export function isReturnOutside(error: OxcError): boolean {
  return error.message.includes("'return' statement can only be used within a function");
}

/** Text that an author wrote from its first character to its last. */
export function wholeText(text: string, firstLine: number, udfName: string): AuthorText {
  return { text, start: 0, end: text.length, firstLine, udfName };
}

/** The parser's error as ours, placed where the author counts and with the lines around it. */
export function syntaxError(error: OxcError, source: AuthorText): UdfSyntaxError {
  const hint = error.helpMessage ? ` (${error.helpMessage})` : "";
  return syntaxErrorAt(`${error.message}${hint}`, error.labels[0]?.start ?? 0, source);
}

/** A `UdfSyntaxError` at an offset of `source.text`. */
export function syntaxErrorAt(message: string, offset: number, source: AuthorText): UdfSyntaxError {
  const written = source.text.slice(source.start, source.end);
  const place = positionAt(written, Math.min(written.length, Math.max(0, offset - source.start)));
  const line = place.line + source.firstLine - 1;
  const frame = codeFrame(written, place.line, place.column, source.firstLine);
  return new UdfSyntaxError(`${source.udfName}, line ${line}, column ${place.column}: ${message}\n${frame}`, {
    udfName: source.udfName,
    line,
    column: place.column,
    codeFrame: frame,
  });
}
