import type { ArrowFunctionExpression, Function, Program } from "oxc-parser";
import { UdfSyntaxError } from "../errors.ts";
import { parseSource, syntaxError, syntaxErrorAt } from "./parse-source.ts";
import type { AuthorText, ParsedText } from "./parse-source.ts";

export interface InlineFunction {
  /** One function, expression or declaration: what travels. */
  source: string;
  /** What the author calls its first line. */
  firstLine: number;
  fn: Function | ArrowFunctionExpression;
  /** Name of the function or method, where it has one. */
  name: string | undefined;
  program: Program;
  /** What was parsed. */
  text: string;
}

/**
 * Reads the source text of one function: an expression, an arrow, a declaration, or a method, which becomes a function.
 * @throws UdfSyntaxError where it does not parse, is no function, or has no source text (built in, or made by bind)
 */
export function readInlineFunction(given: string, firstLine: number, udfName: string): InlineFunction {
  const source = given.trim().replace(/;$/, "");
  const line = firstLine + given.slice(0, given.length - given.trimStart().length).split("\n").length - 1;
  if (/\{\s*\[native code\]\s*\}$/.test(source)) {
    const why = "this function has no source text to send (it is built in, or made by bind())";
    throw new UdfSyntaxError(`${udfName}: ${why}: write the function out.`, { udfName });
  }
  const author = inParentheses(source, line, udfName);
  const parsed = parseSource(author.text);
  const expression = onlyExpression(parsed);
  if (parsed.errors.length === 0) {
    if (expression?.type !== "FunctionExpression" && expression?.type !== "ArrowFunctionExpression") {
      throw syntaxErrorAt("A UDF is one function; this is something else", author.start, author);
    }
    const name = expression.id?.name;
    return { source, firstLine: line, fn: expression, name, program: parsed.program, text: author.text };
  }
  const asFunction = methodAsFunction(source);
  if (asFunction === undefined) throw syntaxError(parsed.errors[0]!, author);
  const rewritten = inParentheses(asFunction, line, udfName);
  const reparsed = parseSource(rewritten.text);
  const fn = onlyExpression(reparsed);
  if (reparsed.errors[0] || fn?.type !== "FunctionExpression") {
    throw syntaxError(reparsed.errors[0] ?? parsed.errors[0]!, rewritten);
  }
  const name = fn.id?.name;
  return { source: asFunction, firstLine: line, fn, name, program: reparsed.program, text: rewritten.text };
}

function inParentheses(source: string, firstLine: number, udfName: string): AuthorText {
  return { text: `(${source}\n)`, start: 1, end: 1 + source.length, firstLine, udfName };
}

function onlyExpression({ program }: ParsedText) {
  const [statement] = program.body;
  return program.body.length === 1 && statement?.type === "ExpressionStatement" ? statement.expression : undefined;
}

/** `async add(a, b) { … }` as `async function add(a, b) { … }`; undefined where the text is no method. */
function methodAsFunction(source: string): string | undefined {
  const prefix = "({";
  const { program, errors } = parseSource(`${prefix}${source}\n})`);
  const [statement] = program.body;
  if (errors.some((error) => !/super/.test(error.message))) return undefined;
  if (statement?.type !== "ExpressionStatement" || statement.expression.type !== "ObjectExpression") return undefined;
  const [property] = statement.expression.properties;
  if (property?.type !== "Property" || !property.method || property.value.type !== "FunctionExpression")
    return undefined;
  const { async, generator } = property.value;
  const rest = source.slice(property.value.start - prefix.length);
  const written = property.key.type === "Identifier" && !property.computed ? property.key.name : "";
  const name = isBindable(written) ? ` ${written}` : "";
  return `${async ? "async " : ""}function${generator ? "*" : ""}${name}${rest}`;
}

/** Whether a word can be a function's name: `delete` and `class` cannot. */
export function isBindable(word: string): boolean {
  return (
    /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(word) &&
    parseSource(`(async function ${word}(){})`).errors.length === 0
  );
}
