import type { TSEnumDeclaration, TSType, TSTypeName, TSTypeReference } from "oxc-parser";
import type { ParameterType } from "../../engine/udf-frame.ts";
import { exportsNamedTypes, namedType } from "./named-types.ts";
import type { TypeScope } from "./type-scope.ts";

export interface ResolvedType {
  type: ParameterType;
  /** The type allows `undefined` or `null`. */
  optional: boolean;
  nullable: boolean;
}

/** A type that has no reading as a parameter type. */
export class UnresolvableType extends Error {}

/** Several types at once (F012). */
export class UnsupportedUnion extends Error {}

/**
 * The parameter type of an annotation (fused-spec.md 1.3). Aliases, interfaces and enums of `scope` are followed.
 * @throws UnresolvableType, UnsupportedUnion
 */
export function resolveType(node: TSType, scope: TypeScope, following: ReadonlySet<string> = new Set()): ResolvedType {
  switch (node.type) {
    case "TSStringKeyword":
    case "TSTemplateLiteralType":
      return plain({ kind: "string" });
    case "TSNumberKeyword":
      return plain({ kind: "float" });
    case "TSBooleanKeyword":
      return plain({ kind: "boolean" });
    case "TSBigIntKeyword":
      return plain({ kind: "bigint" });
    case "TSAnyKeyword":
    case "TSUnknownKeyword":
      return plain({ kind: "json" });
    case "TSUndefinedKeyword":
    case "TSVoidKeyword":
      return { type: { kind: "json" }, optional: true, nullable: false };
    case "TSNullKeyword":
      return { type: { kind: "json" }, optional: true, nullable: true };
    case "TSObjectKeyword":
    case "TSTypeLiteral":
    case "TSMappedType":
      return plain({ kind: "dict" });
    case "TSArrayType":
      return plain({ kind: "list" });
    case "TSTupleType": {
      const isFixed = node.elementTypes.every(
        ({ type, ...element }) =>
          type !== "TSRestType" && type !== "TSOptionalType" && !("optional" in element && element.optional),
      );
      return plain(isFixed ? { kind: "tuple", length: node.elementTypes.length } : { kind: "list" });
    }
    case "TSTypeOperator":
      if (node.operator === "readonly") return resolveType(node.typeAnnotation, scope, following);
      break;
    case "TSParenthesizedType":
      return resolveType(node.typeAnnotation, scope, following);
    case "TSLiteralType": {
      const { literal } = node;
      if (literal.type === "Literal" && typeof literal.value === "string") {
        return textType(literal.value) ?? plain({ kind: "enum", values: [literal.value] });
      }
      if (literal.type === "Literal" && typeof literal.value === "boolean") return plain({ kind: "boolean" });
      if (literal.type === "Literal" && typeof literal.value === "bigint") return plain({ kind: "bigint" });
      return plain({ kind: literal.type === "TemplateLiteral" ? "string" : "float" });
    }
    case "TSUnionType":
      return resolveUnion(node.types, scope, following);
    case "TSIntersectionType": {
      // `number & { __brand: "int" }` is a number; an intersection of objects is an object.
      const parts = node.types.map((part) => resolveType(part, scope, following));
      const values = parts.filter(({ type }) => type.kind !== "dict");
      if (values.length <= 1) return values[0] ?? plain({ kind: "dict" });
      break;
    }
    case "TSTypeReference":
      return resolveReference(node, scope, following);
  }
  throw new UnresolvableType();
}

function plain(type: ParameterType): ResolvedType {
  return { type, optional: false, nullable: false };
}

function resolveUnion(members: TSType[], scope: TypeScope, following: ReadonlySet<string>): ResolvedType {
  const isNone = ({ type }: TSType): boolean =>
    type === "TSNullKeyword" || type === "TSUndefinedKeyword" || type === "TSVoidKeyword";
  const given = members.filter((member) => !isNone(member));
  const whole: ResolvedType = {
    type: { kind: "json" },
    optional: given.length < members.length,
    nullable: members.some(({ type }) => type === "TSNullKeyword"),
  };
  const single = given.length === 1;
  const types: ParameterType[] = [];
  for (const member of given) {
    const literal = member.type === "TSLiteralType" && member.literal.type === "Literal" && member.literal.value;
    if (!single && typeof literal === "string") {
      types.push({ kind: "enum", values: [literal] });
      continue;
    }
    const isNumber = member.type === "TSLiteralType" && typeof literal !== "string" && typeof literal !== "boolean";
    if (!single && isNumber) throw new UnsupportedUnion();
    const resolved = resolveType(member, scope, following);
    whole.optional ||= resolved.optional;
    whole.nullable ||= resolved.nullable;
    types.push(resolved.type);
  }
  whole.type = mergeTypes(types) ?? whole.type;
  return whole;
}

/** One type for several that are the same, or that are all enumerated strings. @throws UnsupportedUnion */
function mergeTypes([first, ...more]: ParameterType[]): ParameterType | undefined {
  return more.reduce((merged, type) => {
    if (merged?.kind === "enum" && type.kind === "enum") {
      return { kind: "enum", values: [...new Set([...merged.values, ...type.values])] };
    }
    if (JSON.stringify(merged) !== JSON.stringify(type)) throw new UnsupportedUnion();
    return merged;
  }, first);
}

function resolveReference(node: TSTypeReference, scope: TypeScope, following: ReadonlySet<string>): ResolvedType {
  let name = dottedName(node.typeName);
  const [root = "", ...path] = name.split(".");
  const argument = node.typeArguments?.params[0];
  const declaration = scope.declared.get(name);
  if (declaration) {
    if (following.has(name)) throw new UnresolvableType();
    switch (declaration.type) {
      case "TSTypeAliasDeclaration":
        return resolveType(declaration.typeAnnotation, scope, new Set([...following, name]));
      case "TSInterfaceDeclaration":
        return plain({ kind: "dict" });
      case "TSEnumDeclaration":
        return plain(enumType(declaration));
      case "opaque":
        throw new UnresolvableType();
    }
  }
  const imported = scope.imported.get(root);
  if (imported) {
    if (!exportsNamedTypes(imported.module)) throw new UnresolvableType();
    const whole = imported.name === "*" || imported.name === "default";
    name = (whole ? path : [imported.name, ...path]).join(".");
  }
  const bare = name.replace(/^(fused\.)?types\./, "");
  if (argument && (bare === "Readonly" || bare === "Required" || bare === "NonNullable")) {
    return resolveType(argument, scope, following);
  }
  if (argument && bare === "Optional") {
    return { ...resolveType(argument, scope, following), optional: true, nullable: true };
  }
  if (bare === "Partial") return plain({ kind: "dict" });
  const type = namedType(name);
  if (!type) throw new UnresolvableType();
  return plain(type);
}

/** The name as it stands in the source: `Bounds`, `fused.types.Bounds`. */
export function dottedName(name: TSTypeName): string {
  if (name.type === "TSQualifiedName") return `${dottedName(name.left)}.${name.right.name}`;
  return name.type === "Identifier" ? name.name : "this";
}

function enumType(declaration: TSEnumDeclaration): ParameterType {
  const values = declaration.body.members.map(({ initializer }) =>
    initializer?.type === "Literal" && typeof initializer.value === "string" ? initializer.value : undefined,
  );
  const texts = values.filter((value) => value !== undefined);
  if (texts.length === values.length) return { kind: "enum", values: texts };
  if (texts.length > 0) throw new UnresolvableType();
  return { kind: "float" };
}

/** A type written as text: `"fused.types.Bounds"`, `"int"`, and Python's `"Optional[int]"`, `"List[str]"`, `"int | None"`. */
function textType(text: string): ResolvedType | undefined {
  const optional = /^(?:typing\.)?Optional\[(.*)\]$/.exec(text)?.[1] ?? /^(.*?)\s*\|\s*None$/.exec(text)?.[1];
  if (optional !== undefined) {
    const inner = textType(optional);
    return inner && { ...inner, optional: true, nullable: true };
  }
  const type = namedType(text.replace(/\[.*\]$/, ""));
  return type && plain(type);
}
