import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { missingFileText } from "../../fused/missing-file.ts";
import { nearestName } from "../../fused/nearest-name.ts";
import { createLocalModules, type LocalModules } from "./modules/local-modules.ts";

export interface Importer {
  /** The notebook's folder. */
  folder: string;
  /**
   * `import()` of a cell: relative to the notebook's folder, then the kernel's own packages.
   * @param names what an `import { … }` takes; a module without one of them is a SyntaxError, as in any module
   */
  import(specifier: unknown, options?: ImportCallOptions, names?: string[]): Promise<unknown>;
  require: NodeJS.Require;
  /** What `import.meta` is in a cell. */
  meta: ImportMeta;
}

export function createImporter(folder = process.cwd()): Importer {
  // Jupyter tells the notebook's path, relative to the server's folder; our folder is the notebook's own.
  const file = join(folder, `${basename(process.env.JPY_SESSION_NAME ?? "notebook").replace(/\.ipynb$/, "")}.ts`);
  const notebook = pathToFileURL(file).href;
  const local = createLocalModules(folder);
  const require = reloadingRequire(createRequire(notebook), local);
  return {
    folder,
    require,
    meta: {
      url: notebook,
      dirname: folder,
      filename: file,
      main: false,
      resolve: (specifier: string) => locate(specifier, notebook),
    } as unknown as ImportMeta,
    async import(specifier, options, names = []) {
      const name = String(specifier);
      const load = async (): Promise<unknown> => {
        if (isDataFile(name)) return readDataFile(name);
        const url = locate(name, notebook);
        if (/^[./]|^file:/.test(name)) checkThere(url);
        if (isLocalData(url)) return readLocalData(url);
        return local.isLocal(url) ? local.import(url, options) : import(url, options);
      };
      const module = (await load()) as object;
      for (const each of names) if (!(each in module)) throw missingExport(name, each, module);
      return module;
    },
  };
}

function missingExport(specifier: string, name: string, module: object): SyntaxError {
  const exported = Object.keys(module);
  const nearest = nearestName(name, exported);
  const hint = nearest
    ? ` Did you mean ${nearest}?`
    : ` It exports ${exported.slice(0, 20).join(", ") || "nothing"}${exported.length > 20 ? ", …" : ""}.`;
  return new SyntaxError(
    `The requested module '${specifier}' does not provide an export named '${name}'.${hint} A type is imported with import type.`,
  );
}

/** `require` that loads local files anew where they have changed. */
function reloadingRequire(require: NodeJS.Require, local: LocalModules): NodeJS.Require {
  const load = (name: string): unknown => {
    const path = require.resolve(name);
    const url = isAbsolute(path) ? pathToFileURL(path).href : "";
    return local.isLocal(url) ? local.require(url, () => require(name) as unknown) : (require(name) as unknown);
  };
  return Object.assign(load, {
    resolve: require.resolve,
    cache: require.cache,
    extensions: require.extensions,
    main: require.main,
  });
}

const localData = { json: /\.(?:geo|topo)?json$/i, text: /\.(?:csv|tsv|txt|md|sql|wkt)$/i };

/** A file beside the notebook that is data: imported like a module, and read anew each time. */
function isLocalData(url: string): boolean {
  const { protocol, pathname } = new URL(url);
  return (
    protocol === "file:" &&
    !pathname.includes("/node_modules/") &&
    (localData.json.test(pathname) || localData.text.test(pathname))
  );
}

/** @throws Error with Node's own code for a module that is not there, naming the folder and the nearest file */
function checkThere(url: string): void {
  if (!url.startsWith("file:") || existsSync(new URL(url))) return;
  throw Object.assign(new Error(missingFileText(fileURLToPath(new URL(url)))), { code: "ERR_MODULE_NOT_FOUND" });
}

async function readLocalData(url: string): Promise<{ default: unknown }> {
  const path = fileURLToPath(new URL(url));
  const text = await readFile(path, "utf8");
  if (!localData.json.test(path)) return { default: text };
  try {
    return { default: JSON.parse(text) as unknown };
  } catch (error) {
    throw new SyntaxError(`${path} is not JSON: ${(error as Error).message}`);
  }
}

/** Data files that UDFs can import by these names; a cell imports them the same way, whatever the package exports. */
function isDataFile(name: string): boolean {
  return /^(?:vega-datasets\/data|world-atlas)\/[\w.-]+\.(?!js$)\w+$/.test(name);
}

async function readDataFile(name: string): Promise<{ default: unknown }> {
  const { findImport } = await import("../../engine/packages.ts");
  const found = await findImport(name);
  if (found.kind === "data") {
    const { buffer, byteOffset, byteLength } = found.bytes;
    return { default: buffer.slice(byteOffset, byteOffset + byteLength) };
  }
  return { default: found.kind === "json" ? JSON.parse(found.text) : found.kind === "text" ? found.text : undefined };
}

const fromSource = import.meta.url.endsWith(".ts");
/** Packages of ours that draw into a page: they are imported with a document to draw in. */
const withDocument: Record<string, string> = {
  "@observablehq/plot": new URL(
    fromSource ? "../../widgets/chart/observable-plot.ts" : "./observable-plot.js",
    import.meta.url,
  ).href,
};

/**
 * The URL of a module: from the notebook's folder, else from the kernel's own node_modules (the predefined packages).
 * @throws the first look-up's error, with what to do
 */
function locate(name: string, notebook: string): string {
  const drawing = Object.hasOwn(withDocument, name) ? withDocument[name] : undefined;
  try {
    const url = import.meta.resolve(name, notebook);
    // Only our own package: one that is installed beside the notebook is taken as it is.
    return drawing !== undefined && url === import.meta.resolve(name) ? drawing : url;
  } catch (first) {
    if (/^[./]|^file:/.test(name)) throw first;
    try {
      return drawing ?? import.meta.resolve(name);
    } catch {
      const error = first as Error;
      const packageName = name.startsWith("@") ? name.split("/").slice(0, 2).join("/") : name.split("/")[0];
      error.message =
        `Cannot find package "${name}" from the notebook's folder or among the kernel's own packages. ` +
        `Install it beside the notebook: %npm install ${packageName}`;
      throw error;
    }
  }
}
