import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

/**
 * Declaration files of the kernel's own packages, by name: cells may import them from any folder, where TypeScript would
 * look only above the notebook's own. What the notebook's folder has itself is left out, so that its versions count.
 * @param folder the notebook's folder
 */
export function ownPackageTypes(folder: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const name of Object.keys(packageJson.dependencies)) {
    if (name.startsWith("@types/") || isAbove(folder, name)) continue;
    const path = typesOf(name) ?? typesOf(`@types/${name.replace(/^@([^/]+)\//, "$1__")}`);
    if (path) found[name] = [path];
  }
  return found;
}

/** Folder in which the kernel's own `@types` packages are. */
export function ownTypesFolder(): string | undefined {
  const node = packageFolder("@types/node");
  return node && dirname(node);
}

function isAbove(folder: string, name: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "node_modules", name, "package.json"))) return true;
    if (dirname(at) === at) return false;
  }
}

interface Exports {
  [condition: string]: string | Exports | undefined;
}

interface Manifest {
  types?: string;
  typings?: string;
  exports?: string | Exports;
}

function typesOf(name: string): string | undefined {
  const folder = packageFolder(name);
  if (!folder) return undefined;
  try {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    const { exports } = manifest;
    const entry = typeof exports === "object" ? (exports["."] ?? exports) : undefined;
    const path = manifest.types ?? manifest.typings ?? (entry && typesCondition(entry)) ?? "index.d.ts";
    return [path, `${path}.d.ts`, `${path}/index.d.ts`]
      .map((each) => join(folder, each))
      .find((each) => /\.d\.[cm]?ts$/.test(each) && existsSync(each));
  } catch {
    return undefined;
  }
}

/** The `types` of a package's entry, under `import` or wherever they stand first. */
function typesCondition(entry: string | Exports): string | undefined {
  if (typeof entry === "string") return undefined;
  for (const condition of ["types", "import", "node", "module", "default"]) {
    const found = entry[condition];
    if (condition === "types" && typeof found === "string") return found;
    const inner = found && typesCondition(found);
    if (inner) return inner;
  }
  return undefined;
}

function packageFolder(name: string): string | undefined {
  const require = createRequire(import.meta.url);
  const folder = require.resolve.paths(name)?.find((each) => existsSync(join(each, name, "package.json")));
  return folder && join(folder, name);
}
