import type { Parameter, ParameterSchema } from "../../engine/udf-frame.ts";
import { asJson } from "../source/literal-value.ts";
import { typeOfValue } from "../source/parameter-schema.ts";
import { pythonLiteral } from "./python-literal.ts";
import { pythonType } from "./python-type.ts";
import type { SyntaxNode } from "./syntax-node.ts";
import { childrenOf, textOf } from "./syntax-node.ts";

/**
 * The parameters of a Python function, keyword-only ones among them; `**kwargs` takes every further name. An
 * un-annotated parameter has the type of its literal default, as in TypeScript.
 * @param list a `ParamList`
 */
export function pythonParameters(list: SyntaxNode, source: string): ParameterSchema {
  const schema: ParameterSchema = { style: "positional", parameters: [], rest: false };
  for (const { star, name, annotation, initialiser } of splitParameters(list, source)) {
    if (star === "**") schema.rest = true;
    if (star === "") schema.parameters.push(readParameter(name, annotation, initialiser, source));
  }
  return schema;
}

interface Written {
  star: string;
  name: string;
  annotation?: SyntaxNode;
  initialiser?: SyntaxNode;
}

function splitParameters(list: SyntaxNode, source: string): Written[] {
  const written: Written[] = [];
  let star = "";
  let current: Written | undefined;
  let takesValue = false;
  for (const node of childrenOf(list)) {
    const text = textOf(node, source);
    if (node.name === ",") {
      current = undefined;
      star = "";
    } else if (text === "*" || text === "**") star = text;
    else if (node.name === "AssignOp") takesValue = true;
    else if (takesValue) {
      if (current) current.initialiser = node;
      takesValue = false;
    } else if (node.name === "VariableName") written.push((current = { star, name: text }));
    else if (node.name === "TypeDef" && current) current.annotation = node.lastChild ?? undefined;
  }
  return written;
}

function readParameter(
  name: string,
  annotation: SyntaxNode | undefined,
  initialiser: SyntaxNode | undefined,
  source: string,
): Parameter {
  const literal = initialiser && pythonLiteral(initialiser, source);
  const declared = annotation && pythonType(annotation, source);
  const isNone = literal?.value === null;
  const parameter: Parameter = {
    name,
    type: declared?.type ?? typeOfValue(name, literal?.value),
    optional: isNone || (declared?.optional ?? false),
    hasDefault: initialiser !== undefined,
  };
  if (isNone || declared?.optional) parameter.nullable = true;
  const value = literal && asJson(literal.value);
  if (value !== undefined) parameter.default = value;
  return parameter;
}
