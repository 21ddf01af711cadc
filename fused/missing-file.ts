import { readdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { nearestName } from "./nearest-name.ts";

/** Says that a file is not there: in which folder it was looked for, and which file there is named most like it. */
export function missingFileText(path: string): string {
  return `There is no file ${basename(path)} in ${dirname(resolve(path))}.${nearestFileHint(path)}`;
}

/** ` Did you mean zones.geojson?`, or nothing where no file of the folder is named like it. */
export function nearestFileHint(path: string): string {
  const nearest = nearestName(basename(path), namesIn(dirname(resolve(path))));
  return nearest ? ` Did you mean ${nearest}?` : "";
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
