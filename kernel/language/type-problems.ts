import { codeFrame } from "../session/code-frame.ts";
import type { Diagnostic } from "./protocol.ts";
import { withoutModuleNames } from "./shown-types.ts";

/** A type error, placed where its author counts: lines and columns from 1. */
export interface TypeProblem {
  line: number;
  column: number;
  code: number;
  message: string;
}

/**
 * Errors that are told: mistakes that hold however the cells before and after turn out. Left out is what only a project
 * in files must heed (implicit any, unknown, possibly undefined, unused names, modules without types) and what the cell's
 * run says better itself (syntax, names and modules that do not exist).
 */
const told = new Set([
  2322, // not assignable
  2344, // type argument does not satisfy its constraint
  2345, // argument not assignable
  2349, // not callable
  2351, // not constructable
  2353,
  2561, // an object literal may only specify known properties
  2362,
  2363,
  2365, // operator on types that it does not take
  2367, // comparison of types that have nothing in common
  2339,
  2551, // no such property
  2552, // no such name, but one that is nearly it
  2554,
  2555,
  2556,
  2575, // number of arguments
  2305,
  2614,
  2724, // module without that export
  2416,
  2420,
  2515,
  2654,
  2720, // class against its base or interface
  2488, // not iterable
  2739,
  2740,
  2741, // properties missing
  2769, // no overload matches
  2820, // not assignable, did you mean
]);

/**
 * The problems of a cell that are worth telling.
 * @param typed the cell's text as the server had it
 * @param source the cell as its author wrote it: lines that differ are not the author's
 */
export function readProblems(diagnostics: Diagnostic[], typed: string, source: string): TypeProblem[] {
  const typedLines = typed.split("\n");
  const lines = source.split("\n");
  return diagnostics.flatMap(({ range: { start }, severity, code = 0, message }) => {
    const line = start.line;
    if (severity !== 1 || !told.has(code) || isNoise(code, message)) return [];
    if (line < 1 || lines[line - 1] === undefined || typedLines[line - 1] !== lines[line - 1]) return [];
    // A function that becomes a UDF runs with another `fused` than the notebook has.
    if (/\bfused\.$/.test(lines[line - 1]!.slice(0, start.character))) return [];
    return [
      { line, column: start.character + 1, code, message: withoutModuleNames(message) + awaitHint(code, message) },
    ];
  });
}

/** A member of the value was meant where its promise stands. */
const awaitHint = (code: number, message: string): string =>
  code === 2339 && /on type 'Promise<[^]*>'\.?\s*$/.test(message) ? " Is await missing before it?" : "";

/** Complaints of types that nobody wrote down. */
function isNoise(code: number, message: string): boolean {
  // What fetch and JSON give, and an object or list that is filled after it was made.
  if (/[Tt]ype (?:of )?'(?:unknown|\{\}|never|never\[\]|object)'/.test(message)) return true;
  // A value that may be undefined where the author knows better: narrowing does not reach from one cell to the next.
  if (
    (code === 2322 || code === 2345) &&
    /\bundefined'? is not assignable|'(?:undefined|null)' is not assignable/.test(message)
  )
    return true;
  return (code === 2322 || code === 2345 || code === 2769) && /\| (?:undefined|null)' is not assignable/.test(message);
}

const mostShown = 5;

/** Problems as text with the code around each. */
export function problemsText(problems: TypeProblem[], source: string, cellName: string): string {
  const shown = problems
    .slice(0, mostShown)
    .map(
      ({ line, column, code, message }) =>
        `${cellName}:${line}:${column} TS${code}: ${message.trimEnd()}\n${codeFrame(source, line, column, 1)}\n`,
    );
  const more = problems.length - shown.length;
  return shown.join("\n") + (more > 0 ? `\n… and ${more} more type error${more > 1 ? "s" : ""}.\n` : "");
}
