import type { Declaration, Program, Statement } from "oxc-parser";
import { parseSource } from "../source/parse-source.ts";

/** A name that a module declares at top level, and what it is. */
export interface ModuleName {
  name: string;
  /** A class cannot be called across processes, and a `value` may turn out to be a function. */
  kind: "function" | "class" | "value";
  /** True for a function that is declared as the default export. */
  isDefault?: boolean;
}

/** The names that a TypeScript module declares at top level, exported or not; none where it does not parse. */
export function moduleNames(source: string): ModuleName[] {
  const { program, errors } = parseSource(source);
  return errors.length > 0 ? [] : (program as Program).body.flatMap((statement) => declared(statement as Statement));
}

function declared(statement: Statement | Declaration): ModuleName[] {
  switch (statement.type) {
    case "ExportNamedDeclaration":
      return statement.declaration ? declared(statement.declaration) : [];
    case "FunctionDeclaration":
      return statement.id ? [{ name: statement.id.name, kind: "function" }] : [];
    case "ClassDeclaration":
      return statement.id ? [{ name: statement.id.name, kind: "class" }] : [];
    case "ExportDefaultDeclaration": {
      const { declaration } = statement;
      const isFunction = declaration.type === "FunctionDeclaration" && declaration.id;
      return isFunction ? [{ name: isFunction.name, kind: "function", isDefault: true }] : [];
    }
    case "VariableDeclaration":
      return statement.declarations.flatMap(({ id, init }) => {
        if (id.type !== "Identifier") return boundNames(id).map((name) => ({ name, kind: "value" as const }));
        const isFunction = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression";
        return [{ name: id.name, kind: isFunction ? ("function" as const) : ("value" as const) }];
      });
    default:
      return [];
  }
}

/** Names in `{ a, b: [c] }` of a declaration. */
function boundNames(pattern: unknown): string[] {
  const node = pattern as { type: string; [field: string]: unknown };
  switch (node?.type) {
    case "Identifier":
      return [node["name"] as string];
    case "ObjectPattern":
      return (node["properties"] as { type: string; value?: unknown; argument?: unknown }[]).flatMap((each) =>
        boundNames(each.type === "RestElement" ? each.argument : each.value),
      );
    case "ArrayPattern":
      return (node["elements"] as unknown[]).flatMap(boundNames);
    case "AssignmentPattern":
      return boundNames(node["left"]);
    case "RestElement":
      return boundNames(node["argument"]);
    default:
      return [];
  }
}
