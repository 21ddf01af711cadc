import { findImport, predefinedPackages } from "../engine/packages.ts";
import type { UdfFrame } from "../engine/udf-frame.ts";
import { UdfImportError } from "./errors.ts";
import { importedNames } from "./imports/imported-names.ts";
import type { ImportPlace } from "./imports/module-folder.ts";
import { importProblems } from "./imports/with-imports.ts";

const checked = new WeakSet<UdfFrame>();

/**
 * Looks for what a UDF imports before it runs (option `defaultValidateImports`).
 * @param place where imports are looked for
 * @throws UdfImportError for a module that is neither there where the UDF runs nor can go along
 */
export async function validateImports(frame: UdfFrame, place: ImportPlace): Promise<void> {
  if (checked.has(frame)) return;
  const missing = (await checkImports(frame, place)).find(({ problem }) => problem !== undefined);
  if (missing) throw new UdfImportError(`${frame.name} has not been run: ${missing.problem}`, { udfName: frame.name });
  checked.add(frame);
}

/** An import of a UDF. */
export interface ImportCheck {
  name: string;
  /** True for what goes along with the UDF, rather than being there where it runs. */
  travels?: boolean;
  problem?: string;
}

/** What a UDF imports, each with what stands against it, if anything does. */
export async function checkImports(frame: UdfFrame, place: ImportPlace): Promise<ImportCheck[]> {
  const headers = new Set(frame.headers.map(({ moduleName }) => moduleName));
  const travelling = await importProblems(frame, place);
  return Promise.all(
    [...new Set([...importedNames(frame), ...travelling.keys()])].map(async (name) => {
      if (headers.has(name)) return { name };
      if (travelling.has(name)) return { name, travels: true, problem: travelling.get(name) };
      return findImport(name).then(
        () => ({ name }),
        (error: Error) => ({ name, problem: error.message }),
      );
    }),
  );
}

/**
 * What a UDF imports and will not have when it runs, in words, for its author to read where it is defined. Packages that every
 * UDF may import are not opened for it, nor are data files.
 */
export async function missingImports(frame: UdfFrame, place: ImportPlace): Promise<string[]> {
  const headers = new Set(frame.headers.map(({ moduleName }) => moduleName));
  const isThere = (name: string) =>
    headers.has(name) ||
    (predefinedPackages as readonly string[]).includes(name) ||
    /^(vega-datasets|world-atlas)\//.test(name);
  const names = importedNames(frame).filter((name) => !isThere(name));
  if (names.length === 0) return [];
  const travelling = await importProblems(frame, place);
  const problems = names.map(async (name) => {
    if (travelling.has(name)) return travelling.get(name);
    return findImport(name).then(
      () => undefined,
      (error: Error) => error.message,
    );
  });
  return (await Promise.all(problems)).filter((problem) => problem !== undefined);
}
