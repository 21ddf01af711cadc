import { parseSync } from "oxc-parser";
import { transformSync } from "oxc-transform";
import MagicString from "magic-string";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { explainTooDeep } from "./deep-source.ts";
import { rewriteImports } from "./rewrite-imports.ts";
import { sourceErrorAt, type SourceError } from "./source-error.ts";
import type { SourceOrigin } from "./udf-frame.ts";

/** A piece of TypeScript as the body of an async JavaScript function (see `rewriteImports` for its parameters). */
export interface JavaScriptModule {
  code: string;
  /** Names of modules it imports by a literal name, in whatever way. */
  imports: string[];
  /** Its own top-level names, and those it exports (carrier `file`). */
  names: string[];
  exports: string[];
  /** A position in `code` (line 1-based, column 0-based) as its author counts (both 1-based). */
  authorPosition(line: number, column: number): { line: number; column: number } | undefined;
}

/**
 * A whole module: the function body ends by returning `{ exports, $entry }`.
 * @throws SourceError
 */
export function compileModule(source: string, entrypoint: string, origin: SourceOrigin): JavaScriptModule {
  refuseTooDeep(source, origin);
  const { code, map } = toJavaScript(source, 0, origin);
  const text = new MagicString(code);
  const { imports, names, exports } = rewriteImports(text, code, entrypoint);
  return { code: text.toString(), imports, names, exports, authorPosition: positions(text, map, 0, origin) };
}

/** How the text of one function may stand: as an expression, or as a method is written. */
const expressionForms = [
  { before: "(", after: "\n)", opening: "", closing: "" },
  { before: "({", after: "\n})", opening: "Object.values(", closing: ")[0]" },
];

/**
 * The text of one function, however it is written: expression, arrow, declaration, or method. The function body returns
 * `{ exports, $entry }` with that function as the entry.
 * @throws SourceError
 */
export function compileFunction(source: string, origin: SourceOrigin): JavaScriptModule {
  refuseTooDeep(source, origin);
  const bare = source.replace(/[\s;]+$/, "");
  const parses = ({ before, after }: (typeof expressionForms)[number]) =>
    parseSync("udf.ts", before + bare + after, { lang: "ts" }).errors.length === 0;
  const form = expressionForms.find(parses);
  if (!form) throw firstError(bare, origin);
  const { code, map } = toJavaScript(form.before + bare + form.after, form.before.length, origin);
  const text = new MagicString(code);
  const { imports } = rewriteImports(text, code, undefined);
  const expression = text.toString().replace(/;\s*$/, "");
  const authorPosition = positions(text, map, form.before.length, origin);
  return {
    code: `return{exports:{},$entry:\n${form.opening}${expression}${form.closing}}`,
    imports,
    names: [],
    exports: [],
    authorPosition: (line, column) => authorPosition(line - 1, line === 2 ? column - form.opening.length : column),
  };
}

function refuseTooDeep(source: string, origin: SourceOrigin): void {
  const problem = explainTooDeep(source);
  if (problem !== undefined) throw sourceErrorAt(problem, source.slice(0, 80), 0, origin);
}

/** What is wrong with the text of a function. In parentheses a parser tells it less exactly. */
function firstError(source: string, origin: SourceOrigin): SourceError {
  const isNameless = /^\s*(async\s+)?function\s*\*?\s*\(/.test(source);
  const prefix = isNameless ? "(" : "";
  const [error] = parseSync("udf.ts", isNameless ? `(${source}\n)` : source, { lang: "ts" }).errors;
  if (error) return asSourceError(error, source, prefix.length, origin);
  return sourceErrorAt("This is not the text of one function", source, 0, origin);
}

function toJavaScript(source: string, prefixLength: number, origin: SourceOrigin) {
  const { code, map, errors } = transformSync("udf.ts", source, {
    lang: "ts",
    sourceType: "module",
    sourcemap: true,
    target: "esnext",
  });
  const [error] = errors;
  if (error) throw asSourceError(error, source.slice(prefixLength), prefixLength, origin);
  return { code, map: map! };
}

interface ParserError {
  message: string;
  helpMessage: string | null;
  labels: { start: number }[];
}

function asSourceError(error: ParserError, source: string, prefixLength: number, origin: SourceOrigin): SourceError {
  const end = source.trimEnd().length;
  const offset = Math.min(Math.max(0, (error.labels[0]?.start ?? end) - prefixLength), end);
  const advice = error.helpMessage ? `. ${error.helpMessage}` : "";
  return sourceErrorAt(error.message + advice, source, offset, origin);
}

type Transformed = ReturnType<typeof toJavaScript>;

/** Follows both maps back. They are read only when an error asks, as most runs have none. */
function positions(text: MagicString, map: Transformed["map"], prefixLength: number, origin: SourceOrigin) {
  let traced: [TraceMap, TraceMap] | undefined;
  return (line: number, column: number) => {
    if (line < 1 || column < 0) return undefined;
    traced ??= [new TraceMap(text.generateMap({ hires: "boundary" }) as never), new TraceMap(map as never)];
    const edited = originalPositionFor(traced[0], { line, column });
    if (edited.line === null) return undefined;
    const original = originalPositionFor(traced[1], { line: edited.line, column: edited.column });
    if (original.line === null) return undefined;
    const prefix = original.line === 1 ? prefixLength : 0;
    return { line: original.line - 1 + origin.firstLine, column: Math.max(0, original.column - prefix) + 1 };
  };
}
