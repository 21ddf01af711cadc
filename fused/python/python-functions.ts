import type { ParameterSchema } from "../../engine/udf-frame.ts";
import { camelCase } from "../option-names.ts";
import { pythonLiteral } from "./python-literal.ts";
import { pythonParameters } from "./python-parameters.ts";
import type { SyntaxNode } from "./syntax-node.ts";
import { childrenOf, parsePython, textOf } from "./syntax-node.ts";

/** A function at the top level of a Python file. */
export interface PythonFunction {
  name: string;
  parameters: ParameterSchema;
  /** Text of the string that its body begins with. */
  description: string | undefined;
  /** Options of `@fused.udf(…)` under camelCase names, as far as they are literals; undefined where it is no UDF. */
  udfOptions: Record<string, unknown> | undefined;
}

/** All functions at the top level of a Python file, in their order. */
export function pythonFunctions(source: string): PythonFunction[] {
  return childrenOf(parsePython(source)).flatMap((statement) => {
    if (statement.name === "FunctionDefinition") return readFunction(statement, [], source) ?? [];
    if (statement.name !== "DecoratedStatement") return [];
    const parts = childrenOf(statement);
    const definition = parts.find(({ name }) => name === "FunctionDefinition");
    const decorators = parts.filter(({ name }) => name === "Decorator");
    return (definition && readFunction(definition, decorators, source)) ?? [];
  });
}

function readFunction(definition: SyntaxNode, decorators: SyntaxNode[], source: string): PythonFunction | undefined {
  const name = definition.getChild("VariableName");
  const list = definition.getChild("ParamList");
  if (!name || !list) return undefined;
  const options = decorators.map((decorator) => udfOptions(decorator, source)).find((each) => each !== undefined);
  return {
    name: textOf(name, source),
    parameters: pythonParameters(list, source),
    description: docstring(definition, source),
    udfOptions: options,
  };
}

/** The options of a decorator that makes a UDF: `@fused.udf`, `@fused.udf(…)`, `@udf`, `@udf(…)`. */
function udfOptions(decorator: SyntaxNode, source: string): Record<string, unknown> | undefined {
  const parts = childrenOf(decorator);
  const called = parts.filter(({ name }) => name === "VariableName").map((part) => textOf(part, source));
  if (called.at(-1) !== "udf" || called.length > 2) return undefined;
  const options: Record<string, unknown> = {};
  let name: string | undefined;
  for (const part of childrenOf(parts.find(({ name: kind }) => kind === "ArgList") ?? decorator)) {
    if (part.name === "VariableName" && part.nextSibling?.name === "AssignOp") name = textOf(part, source);
    else if (name !== undefined && part.name !== "AssignOp") {
      const literal = pythonLiteral(part, source);
      if (literal) options[camelCase(name)] = literal.value;
      name = undefined;
    }
  }
  return options;
}

function docstring(definition: SyntaxNode, source: string): string | undefined {
  const first = definition.getChild("Body")?.getChild("ExpressionStatement");
  const isFirst = first?.prevSibling?.name === ":";
  const text = isFirst && first.firstChild ? pythonLiteral(first.firstChild, source)?.value : undefined;
  if (typeof text !== "string") return undefined;
  const lines = text.trim().split("\n");
  const indents = lines
    .slice(1)
    .filter((line) => line.trim())
    .map((line) => line.length - line.trimStart().length);
  const indent = indents.length > 0 ? Math.min(...indents) : 0;
  return lines.map((line, i) => (i === 0 ? line : line.slice(indent)).trimEnd()).join("\n") || undefined;
}
