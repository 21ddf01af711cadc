import { readFileSync, statSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compileFile } from "./typescript-source.ts";

/** A file of the user's that a cell has imported, or that such a file imports. */
interface LocalModule {
  /** Time of its last change and its size when it was last loaded. */
  stamp: string;
  /** 0 when it is loaded for the first time. Node keeps every version under a URL of its own. */
  version: number;
  imports: Set<string>;
  /** Its loading, or that of what imports it, has failed: it is loaded again. */
  failed: boolean;
}

export interface LocalModules {
  /** Whether a URL is a file that may be edited: not of a package, nor the kernel's own. */
  isLocal(url: string): boolean;
  /** Imports a local file, with those that it imports; anew what has changed since, and what imports that. */
  import(url: string, options?: ImportCallOptions): Promise<unknown>;
  /** The same for `require`. */
  require<T>(url: string, load: () => T): T;
}

const ownFolder = new URL(import.meta.url.endsWith(".ts") ? "../../../" : "./", import.meta.url).href;
const compiled = /\.(?:[cm]?ts|[jt]sx)$/;
const reloaded = /\.(?:[cm]?[jt]s|[jt]sx|json)$/;

export function createLocalModules(notebookFolder: string): LocalModules {
  const modules = new Map<string, LocalModule>();
  const { cache } = nodeModule.createRequire(import.meta.url);
  let hooked = false;
  /** What a cell's own `require` is loading. */
  let required: string | undefined;
  const inNotebookFolder = pathToFileURL(join(notebookFolder, sep)).href;

  const isLocal = (url: string): boolean =>
    url.startsWith("file:") &&
    !url.includes("/node_modules/") &&
    (!url.startsWith(ownFolder) || url.startsWith(inNotebookFolder)) &&
    reloaded.test(plain(url));

  const known = (url: string): LocalModule => {
    const found = modules.get(url);
    if (found) return found;
    const made: LocalModule = { stamp: stampOf(url), version: 0, imports: new Set(), failed: false };
    modules.set(url, made);
    return made;
  };

  /** Gives a new version to every file that has changed, and to every file that leads to one. */
  const refresh = (): void => {
    const stale = new Set<string>();
    for (const [url, module] of modules) {
      const stamp = stampOf(url);
      if (stamp !== module.stamp || module.failed) stale.add(url);
      module.stamp = stamp;
      module.failed = false;
    }
    for (let before = -1; before !== stale.size;) {
      before = stale.size;
      for (const [url, { imports }] of modules) if ([...imports].some((each) => stale.has(each))) stale.add(url);
    }
    for (const url of stale) {
      const module = modules.get(url)!;
      // Node looks a name up in its cache before it asks the hooks.
      for (const name of [url, versioned(url, module.version, true)]) delete cache[fileURLToPath(name)];
      module.version++;
      module.imports.clear();
    }
  };

  const markFailed = (url: string, seen = new Set<string>()): void => {
    const module = modules.get(url);
    if (!module || seen.has(url)) return;
    seen.add(url);
    module.failed = true;
    for (const each of module.imports) markFailed(each, seen);
  };

  const hook = (): void => {
    hooked = true;
    nodeModule.setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
    nodeModule.registerHooks({
      resolve(specifier, context, next) {
        const parent = context.parentURL === undefined ? undefined : plain(context.parentURL);
        const resolved = next(specifier, parent === undefined ? context : { ...context, parentURL: parent });
        const url = plain(resolved.url);
        const importer = parent === undefined ? undefined : modules.get(parent);
        if (!isLocal(url) || (!importer && url !== required)) return resolved;
        importer?.imports.add(url);
        return { ...resolved, url: versioned(url, known(url).version, isRequire(context.conditions)) };
      },
      load(url, context, next) {
        const file = plain(url);
        if (!modules.has(file)) return next(url, context);
        if (!compiled.test(file)) return next(url.includes("%3Fv=") ? file : url, context);
        return { format: formatOf(file), source: compileFile(file), shortCircuit: true };
      },
    });
  };

  const prepare = (url: string): LocalModule => {
    if (!hooked) hook();
    refresh();
    return known(url);
  };

  return {
    isLocal,
    async import(url, options) {
      const { version } = prepare(url);
      try {
        return (await import(versioned(url, version, false), options)) as unknown;
      } catch (error) {
        markFailed(url);
        throw error;
      }
    },
    require(url, load) {
      prepare(url);
      const outer = required;
      required = url;
      try {
        return load();
      } catch (error) {
        markFailed(url);
        throw error;
      } finally {
        required = outer;
      }
    },
  };
}

const isRequire = (conditions: readonly string[] | undefined): boolean => conditions?.includes("require") ?? false;

/** `require` keeps modules by path, whatever the query: there the version is part of the name. */
function versioned(url: string, version: number, forRequire: boolean): string {
  return version === 0 ? url : `${url}${forRequire ? "%3F" : "?"}v=${version}`;
}

const plain = (url: string): string => url.replace(/(?:\?|%3F)v=\d+$/, "");

function stampOf(url: string): string {
  try {
    const { mtimeMs, size } = statSync(fileURLToPath(url));
    return `${mtimeMs} ${size}`;
  } catch {
    return "gone";
  }
}

/** Script that speaks CommonJS, unless its ending or the nearest package.json says that it is a module. */
function formatOf(url: string): "module" | "commonjs" {
  if (url.endsWith(".mts")) return "module";
  if (url.endsWith(".cts")) return "commonjs";
  const path = fileURLToPath(url);
  const source = readFileSync(path, "utf8");
  if (/^\s*(?:import|export)\b/m.test(source) || !/\brequire\s*\(|\bexports\b/.test(source)) return "module";
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      const { type } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { type?: string };
      return type === "module" ? "module" : "commonjs";
    } catch {
      if (dirname(folder) === folder) return "commonjs";
    }
  }
}
