import type { ArrowFunctionExpression, BindingPattern, Expression, Function, ObjectPattern, TSType } from "oxc-parser";
import type { Parameter, ParameterSchema, ParameterType } from "../../engine/udf-frame.ts";
import { UdfParameterError } from "../errors.ts";
import { asJson, literalValue } from "./literal-value.ts";
import { memberTypes, propertyName } from "./member-types.ts";
import type { MemberTypes } from "./member-types.ts";
import { resolveType, UnresolvableType, UnsupportedUnion } from "./resolve-type.ts";
import type { TypeScope } from "./type-scope.ts";

export interface SchemaReading {
  schema: ParameterSchema;
  /** Parameters whose annotation is not known here; they are handed over as given. */
  unresolved: string[];
}

interface Reader {
  udfName: string;
  scope: TypeScope;
  unresolved: string[];
}

/**
 * Reads a function's parameters and what each one is: from its annotation, else from its literal initialiser, else it is
 * un-annotated (fused-spec.md 1.3, 1.4).
 * @throws UdfParameterError for a union type (F012), and for parameters that have no name
 */
export function readParameterSchema(
  fn: Function | ArrowFunctionExpression,
  scope: TypeScope,
  udfName: string,
): SchemaReading {
  const reader: Reader = { udfName, scope, unresolved: [] };
  const params = fn.params.filter((param) => !(param.type === "Identifier" && param.name === "this"));
  const first = params[0];
  const pattern = first?.type === "AssignmentPattern" ? first.left : first;
  if (pattern?.type === "ObjectPattern" && params.length === 1) {
    return { schema: readObjectPattern(pattern, reader), unresolved: reader.unresolved };
  }
  const schema: ParameterSchema = { style: "positional", parameters: [], rest: false };
  for (const [index, param] of params.entries()) {
    if (param.type === "RestElement") {
      schema.rest = true;
      continue;
    }
    const target = param.type === "AssignmentPattern" ? param.left : param;
    if (target.type !== "Identifier") {
      const advice =
        target.type === "ObjectPattern"
          ? "a destructured object must be the only parameter, for its properties are the parameters"
          : "give it a name";
      throw new UdfParameterError(`Parameter ${index + 1} of ${udfName} has no name: ${advice}.`, { udfName });
    }
    const initialiser = param.type === "AssignmentPattern" ? param.right : undefined;
    const annotation = target.typeAnnotation?.typeAnnotation;
    schema.parameters.push(readParameter(target.name, annotation, initialiser, Boolean(target.optional), reader));
  }
  return { schema, unresolved: reader.unresolved };
}

function readObjectPattern(pattern: ObjectPattern, reader: Reader): ParameterSchema {
  const schema: ParameterSchema = { style: "object", parameters: [], rest: false };
  const members = readMembers(pattern.typeAnnotation?.typeAnnotation, reader);
  const undeclared = new Map(members?.types);
  for (const property of pattern.properties) {
    if (property.type === "RestElement") {
      schema.rest = true;
      continue;
    }
    const name = propertyName(property.key, property.computed);
    if (name === undefined) {
      const why = "a parameter of it has a computed name: write the name out";
      throw new UdfParameterError(`${reader.udfName}: ${why}.`, { udfName: reader.udfName });
    }
    const member = members?.types.get(name);
    undeclared.delete(name);
    const initialiser = property.value.type === "AssignmentPattern" ? property.value.right : undefined;
    schema.parameters.push(
      readParameter(name, member?.type ?? patternType(property.value), initialiser, member?.optional ?? false, reader),
    );
  }
  if (schema.rest) {
    for (const [name, { type, optional }] of undeclared) {
      schema.parameters.push(readParameter(name, type, undefined, optional, reader));
    }
  }
  schema.rest ||= members?.indexed ?? false;
  return schema;
}

function readMembers(annotation: TSType | undefined, reader: Reader): MemberTypes | undefined {
  if (!annotation) return undefined;
  const members = memberTypes(annotation, reader.scope);
  if (!members) reader.unresolved.push("(the destructured object)");
  return members;
}

/** `{ point: { x, y } }` and `{ pair: [a, b] }` say what they take without an annotation. */
function patternType(pattern: BindingPattern): TSType | undefined {
  const target = pattern.type === "AssignmentPattern" ? pattern.left : pattern;
  if (target.type === "ObjectPattern") return { type: "TSObjectKeyword", start: target.start, end: target.end };
  return undefined;
}

function readParameter(
  name: string,
  annotation: TSType | undefined,
  initialiser: Expression | undefined,
  isOptional: boolean,
  reader: Reader,
): Parameter {
  const literal = initialiser && literalValue(initialiser);
  const parameter: Parameter = {
    name,
    type: { kind: "json" },
    optional: isOptional || (literal !== undefined && (literal.value ?? undefined) === undefined),
    hasDefault: initialiser !== undefined,
  };
  if (literal?.value === null) parameter.nullable = true;
  const jsonDefault = literal && asJson(literal.value);
  if (jsonDefault !== undefined) parameter.default = jsonDefault;
  if (!annotation) {
    parameter.type = typeOfValue(name, literal?.value);
    return parameter;
  }
  try {
    const resolved = resolveType(annotation, reader.scope);
    parameter.type = resolved.type;
    parameter.optional ||= resolved.optional;
    if (resolved.nullable) parameter.nullable = true;
  } catch (error) {
    if (error instanceof UnsupportedUnion) {
      throw new UdfParameterError(
        `Parameter ${name} of ${reader.udfName} is a union of types, and it could not be told from text which one is ` +
          "meant: declare one type (| undefined, | null and unions of string literals are fine).",
        { udfName: reader.udfName, parameter: name },
      );
    }
    if (!(error instanceof UnresolvableType)) throw error;
    reader.unresolved.push(name);
  }
  return parameter;
}

/** The type of an un-annotated parameter, told from its name and its literal default. */
export function typeOfValue(name: string, value: unknown): ParameterType {
  return tileTypeByName(name, value) ?? literalType(value);
}

function literalType(value: unknown): ParameterType {
  if (typeof value === "number") return { kind: "float" };
  if (typeof value === "boolean") return { kind: "boolean" };
  if (typeof value === "string") return { kind: "string" };
  if (typeof value === "bigint") return { kind: "bigint" };
  if (Array.isArray(value)) return { kind: "list" };
  return typeof value === "object" && value !== null ? { kind: "dict" } : { kind: "json" };
}

/**
 * An un-annotated parameter with a tile's name is one: `bbox` was TileGDF by custom (fused-spec.md 5), `bounds` four
 * numbers, `tile` x, y, z. A literal default of another shape speaks against it.
 */
function tileTypeByName(name: string, value: unknown): ParameterType | undefined {
  const isOpen = value === undefined || value === null;
  const isBox = Array.isArray(value) && value.length === 4 && value.every((edge) => typeof edge === "number");
  if (name === "bounds" && (isOpen || isBox)) return { kind: "Bounds" };
  if (name === "bbox" && isOpen) return { kind: "TileGDF" };
  if (name === "bbox" && isBox) return { kind: "Bounds" };
  return name === "tile" && isOpen ? { kind: "TileXYZ" } : undefined;
}
