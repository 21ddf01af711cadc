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
  const headers = new Set(frame.headers.map(({ moduleName }) => moduleName));
  const { program } = parseSource(frame.carrier === "inline" ? `(${frame.source}\n)` : frame.source);
  for (const name of new Set(importedNames(program))) {
    if (headers.has(name)) continue;
    try {
      await findImport(name);
    } catch (error) {
      const message = `${frame.name} has not been run: ${(error as Error).message}`;
      throw new UdfImportError(message, { udfName: frame.name, cause: error });
    }
  }
  checked.add(frame);
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
