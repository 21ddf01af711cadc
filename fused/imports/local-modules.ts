import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { nearestFileHint } from "../missing-file.ts";
import { importsIn } from "./imported-names.ts";
import type { ImportPlace } from "./module-folder.ts";
import { refusedModule } from "./refused-module.ts";
import type { TravellingModule } from "./refused-module.ts";

const code = /\.(?:[cm]?[jt]s)$/;
const json = /\.(?:geo|topo)?json$/i;
const text = /\.(?:csv|tsv|txt|md|sql|wkt)$/i;
/** Bytes of one data file that may travel inside a frame: it is sent with every run. */
const mostBytes = 16 * 2 ** 20;

/** Whether a name means a file: relative, absolute or a `file:` address. */
export function isFileName(name: string): boolean {
  return /^\.{0,2}\//.test(name) || name.startsWith("file:") || isAbsolute(name);
}

/** Local files that a UDF imports, and what these import in turn. */
export interface LocalModules {
  modules: TravellingModule[];
  /** Packages that they import, by name. */
  packages: Set<string>;
  /** The files that were read, with the time of their last change. */
  stamps: Map<string, number>;
}

/**
 * Reads files that a UDF imports as modules of its frame. Code stays as it is, but for the names of what it imports,
 * which become relative to the folder: so lines in errors are the author's. JSON and text are their value as the default
 * export, as in a cell.
 * @param names as the UDF's source has them
 * @param place the folder to which they are relative, and which files may be read
 */
export function readLocalModules(names: Iterable<string>, place: ImportPlace): LocalModules {
  const { folder } = place;
  const found: LocalModules = { modules: [], packages: new Set(), stamps: new Map() };
  const done = new Set<string>();
  const read = (moduleName: string, path: string, above: string[]): void => {
    if (done.has(moduleName)) return;
    done.add(moduleName);
    const forbidden = problemOfPlace(moduleName, path, place);
    found.modules.push(
      forbidden === undefined
        ? readModule(moduleName, path, found.stamps, (imported) => follow(imported, path, above))
        : refusedModule(moduleName, forbidden),
    );
  };
  const follow = (name: string, path: string, above: string[]): string => {
    if (!isFileName(name)) {
      found.packages.add(name);
      return name;
    }
    const target = pathOf(name, dirname(path));
    const chain = [...above, path];
    if (chain.includes(target)) {
      const circle = [...chain.slice(chain.indexOf(target)), target].map((each) => relative(folder, each));
      throw new CircularImport(circle.join(" → "));
    }
    const canonical = nameOf(target, folder);
    read(canonical, target, chain);
    return canonical;
  };
  for (const name of names) read(name, pathOf(name, folder), []);
  return found;
}

class CircularImport extends Error {}

function problemOfPlace(moduleName: string, path: string, { folder, files }: ImportPlace): string | undefined {
  if (files === "none") {
    return (
      `${moduleName} is a file, and a UDF that came from elsewhere, as a text, or from a sandboxed notebook, takes no files of ` +
      "this machine along."
    );
  }
  if (files === "any" || !statSync(path, { throwIfNoEntry: false })) return undefined;
  if (realpathSync(path).startsWith(realpathSync(folder) + sep)) return undefined;
  return `${moduleName} leads outside the folder that the UDF was loaded from, ${folder}.`;
}

function readModule(
  moduleName: string,
  path: string,
  stamps: Map<string, number>,
  follow: (name: string) => string,
): TravellingModule {
  try {
    const { mtimeMs, size } = statSync(path);
    stamps.set(path, mtimeMs);
    if (code.test(path)) return { moduleName, source: withNames(readFileSync(path, "utf8"), follow) };
    if (!json.test(path) && !text.test(path)) {
      return refusedModule(
        moduleName,
        `${moduleName} cannot be imported by a UDF: it is neither code nor JSON nor text. Let the run read it: ` +
          'udf.with({ files: ["."] }), then fused.sql, fused.readRaster or fused.readFile.',
      );
    }
    if (size > mostBytes) {
      return refusedModule(
        moduleName,
        `${moduleName} has ${Math.round(size / 2 ** 20)} MB, which is more than a UDF takes along (16 MB). Let the run read ` +
          'it: udf.with({ files: ["."] }), then fused.sql or fused.readFile.',
      );
    }
    const content = readFileSync(path, "utf8");
    if (json.test(path)) JSON.parse(content);
    const quoted = JSON.stringify(content);
    return { moduleName, source: `export default ${json.test(path) ? `JSON.parse(${quoted})` : quoted};\n` };
  } catch (error) {
    return refusedModule(moduleName, problemOf(error, moduleName, path));
  }
}

function problemOf(error: unknown, moduleName: string, path: string): string {
  if (error instanceof CircularImport) {
    return `${error.message}: files that import one another cannot travel with a UDF; put what both need into a third.`;
  }
  const { code: reason, message } = error as NodeJS.ErrnoException;
  if (reason === "ENOENT")
    return `There is no file ${path}, which is imported as ${moduleName}.${nearestFileHint(path)}`;
  return `${path} cannot be read: ${message}`;
}

/** The text with each imported name as `rename` gives it. Lines stay. */
function withNames(source: string, rename: (name: string) => string): string {
  let renamed = source;
  for (const { name, start, end } of importsIn(source).sort((a, b) => b.start - a.start)) {
    const other = rename(name);
    if (other !== name) renamed = renamed.slice(0, start) + JSON.stringify(other) + renamed.slice(end);
  }
  return renamed;
}

function pathOf(name: string, folder: string): string {
  return name.startsWith("file:") ? fileURLToPath(name) : resolve(folder, name);
}

/** The name of a file relative to the notebook's folder, as one would import it there. */
function nameOf(path: string, folder: string): string {
  const name = relative(folder, path).replaceAll("\\", "/");
  return name.startsWith("../") ? name : `./${join(name).replaceAll("\\", "/")}`;
}
