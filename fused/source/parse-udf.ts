import type { Comment } from "oxc-parser";
import type { ParameterSchema } from "../../engine/udf-frame.ts";
import { UdfSyntaxError } from "../errors.ts";
import { bareBody } from "./bare-body.ts";
import { freeVariablesWarning } from "./free-variables-warning.ts";
import { freeVariables } from "./free-variables.ts";
import { readInlineFunction } from "./inline-function.ts";
import { moduleFunction } from "./module-function.ts";
import type { FunctionNode } from "./module-function.ts";
import { readParameterSchema } from "./parameter-schema.ts";
import { isReturnOutside, parseSource, syntaxError, wholeText } from "./parse-source.ts";
import { emptyTypeScope, typeScope } from "./type-scope.ts";
import type { TypeScope } from "./type-scope.ts";
import { workerGlobals } from "./worker-globals.ts";

/** What is known of a UDF once its source text has been read. The first five fields go into its frame as they are. */
export interface ParsedUdf {
  name: string;
  source: string;
  carrier: "inline" | "file";
  /** Carrier `file`: what to call. */
  entrypoint: string;
  parameters: ParameterSchema;
  /** Number of the first line of `source` as its author counts; for `SourceOrigin`. */
  firstLine: number;
  /** The parameters as they are written: `(bounds: Bounds, n: int = 3)`. */
  signature: string;
  /** Text of the comment block that stands before the function. */
  description: string | undefined;
  /** Names that are used as values and will not exist on the worker. */
  freeVariables: string[];
  /** What to tell the author at definition, a sentence each. */
  warnings: string[];
}

export interface InlineOptions {
  /** Name of the UDF; default the function's own, else `udf`. */
  name?: string;
  /** Number of the text's first line as its author counts. Default 1. */
  firstLine?: number;
  /** Text of the cell that the function stands in: types declared there may be used in annotations. */
  typesFrom?: string;
}

/**
 * Reads a UDF whose function alone travels.
 * @param source text of one function expression, arrow, declaration or method
 * @throws UdfSyntaxError, UdfParameterError
 */
export function parseInlineUdf(source: string, options: InlineOptions = {}): ParsedUdf {
  const inline = readInlineFunction(source, options.firstLine ?? 1, options.name ?? "udf");
  const name = options.name ?? inline.name ?? "udf";
  const scope =
    options.typesFrom === undefined ? emptyTypeScope() : typeScope(parseSource(options.typesFrom).program.body);
  const described = describe(inline.fn, inline.text, [], inline.fn.start);
  const free = freeVariables(inline.program);
  return {
    name,
    source: inline.source,
    carrier: "inline",
    entrypoint: inline.name ?? "default",
    firstLine: inline.firstLine,
    freeVariables: free,
    ...described,
    ...parametersOf(inline.fn, scope, name, free, [], "inline"),
  };
}

export interface ModuleOptions {
  /** Name of the UDF, as `%%udf NAME` gives it. */
  name: string;
  /** The function to take, where the author names one. */
  entrypoint?: string;
  /** Parameters of a bare body, as they stand on the magic's line: `n:int=3 name:string`. */
  parameterLine?: string;
  /** Number of the text's first line as its author counts (2 below a magic). Default 1. */
  firstLine?: number;
  /** Further names that exist on the worker: those of header modules need no mention, they are imported. */
  known?: Iterable<string>;
}

/**
 * Reads a UDF whose whole text travels: a `%%udf` cell or a file. It declares one function beside helpers, imports and
 * types (see `moduleFunction` for which one counts), or it is a bare body.
 * @throws UdfSyntaxError, UdfParameterError
 */
export function parseModuleUdf(source: string, options: ModuleOptions): ParsedUdf {
  const { name, parameterLine = "", firstLine = 1 } = options;
  if (/^\s*$/.test(source)) {
    throw new UdfSyntaxError(`${name}: there is no code. A UDF is a function, or statements with a return.`, {
      udfName: name,
    });
  }
  const parsed = parseSource(source);
  const failure = parsed.errors.find((error) => !isReturnOutside(error));
  const known = new Set([...workerGlobals, ...(options.known ?? [])]);
  if (failure) throw syntaxError(failure, wholeText(source, firstLine, name));
  const found = parsed.errors.length > 0 ? undefined : moduleFunction(parsed.program, name, options.entrypoint);
  if (found && parameterLine.trim()) {
    throw new UdfSyntaxError(
      `${name} has parameters on the magic's line and is a function, ${found.name ?? "the default export"}, with parameters of ` +
        "its own. Keep one of the two: the function's, or the line's with a body that ends in return.",
      { udfName: name },
    );
  }
  if (found) {
    const free = freeVariables(parsed.program, known);
    return {
      name,
      source,
      carrier: "file",
      entrypoint: found.entrypoint,
      firstLine,
      freeVariables: free,
      ...describe(found.fn, source, parsed.comments, found.start),
      ...parametersOf(found.fn, typeScope(parsed.program.body), name, free, []),
    };
  }
  const body = bareBody(source, parameterLine, name, firstLine);
  const built = parseSource(body.source);
  if (built.errors[0]) throw syntaxError(built.errors[0], body.author);
  const { fn } = moduleFunction(built.program, name)!;
  const scope = typeScope(built.program.body);
  if (fn.body?.type === "BlockStatement") typeScope(fn.body.body, scope);
  const free = freeVariables(built.program, known);
  return {
    name,
    source: body.source,
    carrier: "file",
    entrypoint: "default",
    firstLine: body.firstLine,
    freeVariables: free,
    ...describe(fn, body.source, [], fn.start),
    ...parametersOf(fn, scope, name, free, body.warnings),
  };
}

function parametersOf(
  fn: FunctionNode,
  scope: TypeScope,
  name: string,
  free: string[],
  warnings: string[],
  carrier: "inline" | "file" = "file",
): Pick<ParsedUdf, "parameters" | "warnings"> {
  const { schema, unresolved } = readParameterSchema(fn, scope, name);
  const all = [...warnings];
  if (free.length > 0) all.push(freeVariablesWarning(name, free, carrier));
  if (unresolved.length > 0) {
    all.push(
      `${name}: the type of ${unresolved.join(", ")} is not known here, so values are handed over as given and text stays text.`,
    );
  }
  return { parameters: schema, warnings: all };
}

function describe(
  fn: FunctionNode,
  text: string,
  comments: Comment[],
  start: number,
): Pick<ParsedUdf, "signature" | "description"> {
  const parameters = fn.params.map(({ start, end }) => text.slice(start, end).replace(/\s+/g, " "));
  const comment = comments.findLast(
    ({ type, end }) => type === "Block" && end <= start && /^\s*$/.test(text.slice(end, start)),
  );
  const description = comment?.value
    .split("\n")
    .map((line) => line.replace(/^\s*\*+ ?/, "").trimEnd())
    .join("\n")
    .trim();
  return { signature: `(${parameters.join(", ")})`, description: description || undefined };
}
