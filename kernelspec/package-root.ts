import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Folder of this package: the nearest one upward that holds a package.json, from the sources as from dist/. */
export const packageRoot: string = findRoot(import.meta.dirname);

/** True where this very code runs from its TypeScript sources, not from dist/. */
export const runsFromSource: boolean = import.meta.filename.endsWith(".ts");

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) throw new Error(`no package.json in ${from} or above it`);
  }
}
