import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";

/** Modules of Node whose names nobody means when typing: deprecated, internal, or for tests. */
const leftOut =
  /^_|^(?:sys|punycode|domain|constants|inspector|trace_events|wasi|repl|process|cluster|diagnostics_channel)(?:\/|$)/;
/** Imported from one of several modules, a name is most likely wanted from the first of these. */
const preferred = ["fs", "path", "os", "url", "util", "crypto", "child_process", "zlib", "stream", "events"];

let nodeNames: Map<string, string[]> | undefined;

/** Names that Node's modules export and that begin so, each with its module as an import names it. */
export function importableFromNode(prefix: string): { name: string; module: string }[] {
  nodeNames ??= readNodeNames();
  const found: { name: string; module: string }[] = [];
  for (const [module, names] of nodeNames)
    for (const name of names) if (name.startsWith(prefix)) found.push({ name, module });
  return found;
}

function readNodeNames(): Map<string, string[]> {
  const modules = builtinModules.filter((name) => !leftOut.test(name) && !name.startsWith("node:"));
  const order = (name: string): number => (preferred.indexOf(name) + preferred.length + 1) % (preferred.length + 1);
  modules.sort((a, b) => order(a) - order(b));
  return new Map(
    modules.map((name) => {
      const module: object = process.getBuiltinModule(`node:${name}`) ?? {};
      return [`node:${name}`, Object.keys(module).filter((each) => /^[A-Za-z]\w+$/.test(each))];
    }),
  );
}

/** Names that the predefined packages export, as the build has written them down; none where it runs from source. */
export function importableFromPackages(prefix: string, file: URL): { name: string; module: string }[] {
  packageNames ??= readPackageNames(file);
  return Object.entries(packageNames).flatMap(([module, names]) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => ({ name, module })),
  );
}

let packageNames: Record<string, string[]> | undefined;

function readPackageNames(file: URL): Record<string, string[]> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string[]>;
  } catch {
    return {};
  }
}
