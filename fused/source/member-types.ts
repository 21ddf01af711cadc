import type { PropertyKey, TSSignature, TSType } from "oxc-parser";
import { dottedName } from "./resolve-type.ts";
import type { TypeScope } from "./type-scope.ts";

/** What an object type declares: its properties, and whether it takes further ones. */
export interface MemberTypes {
  types: Map<string, { type: TSType | undefined; optional: boolean }>;
  /** It has an index signature. */
  indexed: boolean;
}

/** The properties of an object type, interfaces and aliases of `scope` followed; undefined where it is not known. */
export function memberTypes(
  node: TSType,
  scope: TypeScope,
  following: ReadonlySet<string> = new Set(),
): MemberTypes | undefined {
  switch (node.type) {
    case "TSTypeLiteral":
      return readSignatures(node.members);
    case "TSParenthesizedType":
      return memberTypes(node.typeAnnotation, scope, following);
    case "TSIntersectionType":
      return merge(node.types.map((part) => memberTypes(part, scope, following)));
    case "TSTypeReference": {
      const name = dottedName(node.typeName);
      const declaration = scope.declared.get(name);
      const argument = node.typeArguments?.params[0];
      if (declaration && following.has(name)) return undefined;
      const next = new Set([...following, name]);
      if (declaration?.type === "TSTypeAliasDeclaration") return memberTypes(declaration.typeAnnotation, scope, next);
      if (declaration?.type === "TSInterfaceDeclaration") {
        const inherited = declaration.extends.map(({ expression }) =>
          expression.type === "Identifier"
            ? memberTypes({ ...node, typeName: expression, typeArguments: null }, scope, next)
            : undefined,
        );
        return merge([...inherited, readSignatures(declaration.body.body)]);
      }
      if (declaration || !argument) return undefined;
      if (name === "Record") return { types: new Map(), indexed: true };
      const inner = memberTypes(argument, scope, next);
      if (name === "Partial") for (const member of inner?.types.values() ?? []) member.optional = true;
      if (name === "Required") for (const member of inner?.types.values() ?? []) member.optional = false;
      return name === "Partial" || name === "Required" || name === "Readonly" ? inner : undefined;
    }
    default:
      return undefined;
  }
}

/** The name of a property that is written out; undefined for `[computed]` ones. */
export function propertyName(key: PropertyKey, computed: boolean): string | undefined {
  if (key.type === "Literal") return String(key.value);
  return !computed && key.type === "Identifier" ? key.name : undefined;
}

function readSignatures(signatures: TSSignature[]): MemberTypes {
  const members: MemberTypes = { types: new Map(), indexed: false };
  for (const signature of signatures) {
    if (signature.type === "TSIndexSignature") members.indexed = true;
    if (signature.type !== "TSPropertySignature") continue;
    const name = propertyName(signature.key, signature.computed);
    const type = signature.typeAnnotation?.typeAnnotation;
    if (name !== undefined) members.types.set(name, { type, optional: signature.optional });
  }
  return members;
}

function merge(parts: (MemberTypes | undefined)[]): MemberTypes | undefined {
  const whole: MemberTypes = { types: new Map(), indexed: false };
  for (const part of parts) {
    if (!part) return undefined;
    for (const [name, member] of part.types) whole.types.set(name, member);
    whole.indexed ||= part.indexed;
  }
  return whole;
}
