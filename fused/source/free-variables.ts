import { createRequire } from "node:module";
import type { Program } from "oxc-parser";
import { workerGlobals } from "./worker-globals.ts";

type ScopeManager = typeof import("@typescript-eslint/scope-manager");
type Analyzed = Parameters<ScopeManager["analyze"]>[0];
let scopeManager: ScopeManager | undefined;

/**
 * The names that a source uses as values and that are neither defined in it nor known on the worker, in the order of
 * their first use. Not counted: type references, `typeof name` (which does not throw), and names in `known`.
 * @param program parsed with `range: true`
 */
export function freeVariables(program: Program, known: ReadonlySet<string> = workerGlobals): string[] {
  scopeManager ??= createRequire(import.meta.url)("@typescript-eslint/scope-manager") as ScopeManager;
  // oxc's tree is the TypeScript-ESTree the analysis reads; only the two packages' types do not know of each other.
  const { globalScope } = scopeManager.analyze(program as unknown as Analyzed, { sourceType: "module", lib: [] });
  const guarded = guardedSpans(program);
  const names = (globalScope?.through ?? [])
    .filter((reference) => reference.isValueReference)
    .map(({ identifier }) => identifier)
    .filter(({ range }) => !guarded.some(([start, end]) => start <= range[0] && range[1] <= end))
    .sort((a, b) => a.range[0] - b.range[0])
    .map((identifier) => (identifier.type === "JSXIdentifier" ? "" : identifier.name));
  return [...new Set(names)].filter((name) => name !== "" && !known.has(name) && name !== "arguments");
}

/** Where a name may stand without being there: `typeof name` as an expression and as a type. */
function guardedSpans(program: Program): [number, number][] {
  const spans: [number, number][] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== "object" || value === null || !("type" in value)) return;
    const node = value as { type: string; start: number; end: number; operator?: string; argument?: { type: string } };
    const isTypeof =
      node.type === "UnaryExpression" && node.operator === "typeof" && node.argument?.type === "Identifier";
    if (isTypeof || node.type === "TSTypeQuery") spans.push([node.start, node.end]);
    for (const child of Object.values(node)) if (typeof child === "object") visit(child);
  };
  visit(program.body);
  return spans;
}
