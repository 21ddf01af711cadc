import type { ArrowFunctionExpression, Expression, Function, Program, Statement } from "oxc-parser";
import { UdfSyntaxError } from "../errors.ts";
import { nearestName } from "../nearest-name.ts";

export type FunctionNode = Function | ArrowFunctionExpression;

export interface ModuleFunction {
  /** What to call: a top-level name, or `default`. */
  entrypoint: string;
  /** The function's own name, where it has one. */
  name: string | undefined;
  fn: FunctionNode;
  /** The statement it stands in; a description may stand before it. */
  start: number;
}

interface Candidate extends ModuleFunction {
  exported: boolean;
}

/**
 * The function of a module that is the UDF: `entrypoint` where one is asked for; else the default export, the function
 * named `name`, the one named `udf`, the only exported one, the only one. Undefined where there is no function at all.
 * @throws UdfSyntaxError where it is not clear which one, or the default export is no function
 */
export function moduleFunction(program: Program, name: string, entrypoint?: string): ModuleFunction | undefined {
  const candidates = topLevelFunctions(program.body);
  const byName = (wanted: string): Candidate | undefined => candidates.findLast((each) => each.name === wanted);
  if (entrypoint !== undefined) {
    const found = candidates.find((each) => each.entrypoint === entrypoint) ?? byName(entrypoint);
    if (found) return found;
    const names = candidates.map((each) => each.entrypoint);
    const nearest = nearestName(entrypoint, names);
    const advice = nearest ? `Did you mean ${nearest}?` : `It has ${names.join(", ") || "no functions"}.`;
    throw new UdfSyntaxError(`${name} has no function ${entrypoint} at top level. ${advice}`, { udfName: name });
  }
  const byDefault = defaultExport(program.body, byName, name);
  if (byDefault) return byDefault;
  const named = byName(name) ?? byName("udf");
  if (named) return named;
  const exported = candidates.filter((each) => each.exported);
  if (exported.length === 1) return exported[0];
  if (candidates.length <= 1) return candidates[0];
  const found = (exported.length > 1 ? exported : candidates).map((each) => each.entrypoint);
  throw new UdfSyntaxError(
    `${name} has ${found.length} functions, and it is not clear which one is the UDF: ${found.join(", ")}. ` +
      `Name it ${name} or udf, or write export default before it.`,
    { udfName: name },
  );
}

function topLevelFunctions(body: Statement[]): Candidate[] {
  const candidates: Candidate[] = [];
  const exportedNames = new Set<string>();
  for (const statement of body) {
    if (statement.type === "ExportNamedDeclaration") {
      for (const { local } of statement.specifiers) if (local.type === "Identifier") exportedNames.add(local.name);
    }
    const exported = statement.type === "ExportNamedDeclaration";
    const declaration = exported ? statement.declaration : statement;
    const start = statement.start;
    if (declaration?.type === "FunctionDeclaration" && declaration.id) {
      const name = declaration.id.name;
      candidates.push({ entrypoint: name, name, fn: declaration, start, exported });
    }
    if (declaration?.type !== "VariableDeclaration") continue;
    for (const { id, init } of declaration.declarations) {
      const fn = init && asFunction(init);
      if (!fn || id.type !== "Identifier") continue;
      candidates.push({ entrypoint: id.name, name: id.name, fn, start, exported });
    }
  }
  for (const candidate of candidates) candidate.exported ||= exportedNames.has(candidate.entrypoint);
  return candidates;
}

function asFunction(node: Expression): FunctionNode | undefined {
  if (node.type === "TSAsExpression" || node.type === "TSSatisfiesExpression") return asFunction(node.expression);
  return node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression" ? node : undefined;
}

function defaultExport(
  body: Statement[],
  byName: (name: string) => Candidate | undefined,
  udfName: string,
): ModuleFunction | undefined {
  for (const statement of body) {
    if (statement.type === "ExportNamedDeclaration") {
      const specifier = statement.specifiers.find(
        ({ exported }) => exported.type === "Identifier" && exported.name === "default",
      );
      const local = specifier?.local.type === "Identifier" ? byName(specifier.local.name) : undefined;
      if (local) return { ...local, entrypoint: "default" };
    }
    if (statement.type !== "ExportDefaultDeclaration") continue;
    const { declaration } = statement;
    const start = statement.start;
    if (declaration.type === "FunctionDeclaration") {
      return { entrypoint: "default", name: declaration.id?.name, fn: declaration, start };
    }
    if (declaration.type === "Identifier") {
      const found = byName(declaration.name);
      if (found) return { ...found, entrypoint: "default" };
    }
    const isTypeOnly = declaration.type === "TSInterfaceDeclaration" || declaration.type === "TSDeclareFunction";
    if (isTypeOnly) continue;
    const fn = declaration.type === "ClassDeclaration" ? undefined : asFunction(declaration as Expression);
    if (fn) return { entrypoint: "default", name: fn.id?.name, fn, start };
    throw new UdfSyntaxError(
      `${udfName}: the default export must be the UDF, a function of this module; here it is something else.`,
      { udfName },
    );
  }
  return undefined;
}
