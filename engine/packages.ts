import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { dirname, extname, join } from "node:path";

/**
 * The packages a UDF may import (fused-spec.md 2, "predefined packages"). Pure JavaScript and WebAssembly only: an isolate
 * has nothing of Node.
 */
export const predefinedPackages = [
  "@turf/turf",
  "apache-arrow",
  "d3-geo",
  "d3-scale-chromatic",
  "h3-js",
  "hyparquet",
  "hyparquet-compressors",
  "topojson-client",
] as const;

/**
 * Packages of which a UDF may import single data files: JSON gives the parsed value, CSV and TSV text, anything else an
 * ArrayBuffer, each as the default export.
 */
const dataPackages = [
  // vega-datasets exports its entry only, world-atlas has none: each is found by what it does have.
  { name: "vega-datasets", folder: "data/", found: "vega-datasets", above: "../data", example: "airports.csv" },
  { name: "world-atlas", folder: "", found: "world-atlas/package.json", above: ".", example: "countries-110m.json" },
] as const;

/** What an import gives the isolate: code to evaluate there, or data. */
export type Importable =
  { kind: "code"; source: string } | { kind: "json" | "text"; text: string } | { kind: "data"; bytes: Uint8Array };

/** An import of something that is not there. */
export class ImportError extends Error {
  override name = "ImportError";
}

const isFromSource = import.meta.url.endsWith(".ts");
const require = createRequire(import.meta.url);
const loaded = new Map<string, Promise<Importable>>();

/** Where the file of a package's bundle is kept. */
export function packageFileName(name: string): string {
  return `${name.replaceAll("/", "__")}.js`;
}

/**
 * Finds what a UDF imports by this name; kept after the first time.
 * @throws ImportError, naming what there is
 */
export function findImport(name: string): Promise<Importable> {
  const known = loaded.get(name) ?? load(name);
  loaded.set(name, known);
  known.catch(() => loaded.delete(name));
  return known;
}

/** The bytes of a data file of vega-datasets. @throws ImportError, naming the nearest there is */
export async function readDataset(fileName: string): Promise<Uint8Array> {
  const { files, folder } = filesOf(dataPackages[0]);
  if (!files.includes(fileName)) {
    throw new ImportError(`vega-datasets has no file "${fileName}". It has: ${files.join(", ")}.`);
  }
  return readFile(join(folder, fileName));
}

async function load(name: string): Promise<Importable> {
  if ((predefinedPackages as readonly string[]).includes(name))
    return { kind: "code", source: await packageSource(name) };
  const data = dataPackages.find((each) => name === each.name || name.startsWith(`${each.name}/`));
  if (data) return readDataFile(data, name);
  if (isBuiltin(name)) {
    throw new ImportError(
      `Node's module "${name}" is not there in a UDF. Use it in a cell and pass the UDF what comes of it; files are read with ` +
        "fused.sql or fused.readRaster, from the folders of the run option files: %%udf NAME --files FOLDER.",
    );
  }
  throw new ImportError(
    `There is no module "${name}" for UDFs. There are: ${predefinedPackages.join(", ")}, data files of ` +
      `${dataPackages.map((each) => each.name).join(" and ")}, and the header modules of the UDF itself. A package of pure ` +
      `JavaScript that is installed beside the notebook goes along: %npm install ${name}.`,
  );
}

let installScript: Promise<string> | undefined;

/** The script that installs an isolate's globals: the build's, or made now when run from source. */
export function isolateScript(): Promise<string> {
  installScript ??= isFromSource
    ? import("./build-packages.ts").then(({ bundleIsolate }) => bundleIsolate())
    : readFile(new URL("./isolate.js", import.meta.url), "utf8");
  return installScript;
}

async function packageSource(name: string): Promise<string> {
  if (isFromSource) return (await import("./build-packages.ts")).bundlePackage(name);
  return readFile(new URL(`./packages/${packageFileName(name)}`, import.meta.url), "utf8");
}

async function readDataFile(data: (typeof dataPackages)[number], name: string): Promise<Importable> {
  const { files, folder } = filesOf(data);
  const prefix = `${data.name}/${data.folder}`;
  const fileName = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  if (!files.includes(fileName)) {
    throw new ImportError(
      `${data.name} is imported file by file, as in import("${prefix}${data.example}"), and has no "${name}". ` +
        `Its files: ${files.join(", ")}.`,
    );
  }
  const path = join(folder, fileName);
  const extension = extname(fileName);
  if (extension === ".json") return { kind: "json", text: await readFile(path, "utf8") };
  if (extension === ".csv" || extension === ".tsv") return { kind: "text", text: await readFile(path, "utf8") };
  return { kind: "data", bytes: await readFile(path) };
}

function filesOf(data: (typeof dataPackages)[number]): { folder: string; files: string[] } {
  const folder = join(dirname(require.resolve(data.found)), data.above);
  const isData = (file: string) => /\.(json|csv|tsv|parquet|arrow|png)$/.test(file) && file !== "package.json";
  return { folder, files: readdirSync(folder).filter(isData) };
}
