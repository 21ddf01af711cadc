import type { Statement, TSEnumDeclaration, TSInterfaceDeclaration, TSTypeAliasDeclaration } from "oxc-parser";

/** The type names that a UDF's annotations may refer to. */
export interface TypeScope {
  declared: Map<string, TypeDeclaration>;
  /** Local name → module and the name it has there (`*` for a whole namespace). */
  imported: Map<string, { module: string; name: string }>;
}

export type TypeDeclaration =
  | TSTypeAliasDeclaration
  | TSInterfaceDeclaration
  | TSEnumDeclaration
  /** A class or namespace: known to exist, of no use as a parameter's type. */
  | { type: "opaque" };

/** Collects the types that statements declare and import. Later ones win. */
export function typeScope(statements: Iterable<Statement>, into: TypeScope = emptyTypeScope()): TypeScope {
  for (const statement of statements) {
    if (statement.type === "ImportDeclaration") {
      for (const specifier of statement.specifiers) {
        const name =
          specifier.type === "ImportSpecifier"
            ? specifier.imported.type === "Identifier"
              ? specifier.imported.name
              : specifier.imported.value
            : specifier.type === "ImportDefaultSpecifier"
              ? "default"
              : "*";
        into.imported.set(specifier.local.name, { module: statement.source.value, name });
      }
      continue;
    }
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    switch (declaration?.type) {
      case "TSTypeAliasDeclaration":
      case "TSInterfaceDeclaration":
      case "TSEnumDeclaration":
        into.declared.set(declaration.id.name, declaration);
        break;
      case "ClassDeclaration":
        if (declaration.id) into.declared.set(declaration.id.name, { type: "opaque" });
    }
  }
  return into;
}

export function emptyTypeScope(): TypeScope {
  return { declared: new Map(), imported: new Map() };
}
