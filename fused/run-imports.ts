import { findImport } from "../engine/packages.ts";
import type { UdfFrame } from "../engine/udf-frame.ts";
import { UdfImportError } from "./errors.ts";
import { parseSource } from "./source/parse-source.ts";

const checked = new WeakSet<UdfFrame>();

/**
 * Looks for what a UDF imports before it runs (option `defaultValidateImports`).
 * @throws UdfImportError for a module that is neither a header nor among the predefined packages
 */
export async function validateImports(frame: UdfFrame): Promise<void> {
  if (checked.has(frame)) return;
  const missing = (await checkImports(frame)).find(({ problem }) => problem !== undefined);
  if (missing) throw new UdfImportError(`${frame.name} has not been run: ${missing.problem}`, { udfName: frame.name });
  checked.add(frame);
}

/** What a UDF imports, each with what stands against it, if anything does. */
export async function checkImports(frame: UdfFrame): Promise<{ name: string; problem?: string }[]> {
  const headers = new Set(frame.headers.map(({ moduleName }) => moduleName));
  const { program } = parseSource(frame.carrier === "inline" ? `(${frame.source}\n)` : frame.source);
  return Promise.all(
    [...new Set(importedNames(program))].map(async (name) => {
      if (headers.has(name)) return { name };
      return findImport(name).then(
        () => ({ name }),
        (error: Error) => ({ name, problem: error.message }),
      );
    }),
  );
}

/** Names in static imports, exports from, and `import("name")`; type-only imports do not count. */
function importedNames(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(importedNames);
  if (typeof node !== "object" || node === null) return [];
  const { type, source, importKind, exportKind } = node as Record<string, unknown>;
  const isImport = /^(Import(Declaration|Expression)|Export(All|Named)Declaration)$/.test(String(type));
  const name = (source as { value?: unknown } | null | undefined)?.value;
  const own = isImport && typeof name === "string" && importKind !== "type" && exportKind !== "type" ? [name] : [];
  return [...own, ...Object.values(node).flatMap(importedNames)];
}
