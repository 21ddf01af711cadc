import { readdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { nearestName } from "./nearest-name.ts";

/** Says that a file is not there: in which folder it was looked for, and which file there is named most like it. */
export function missingFileText(path: string): string {
  const folder = dirname(resolve(path));
  const name = basename(path);
  const nearest = nearestName(name, namesIn(folder));
  return `There is no file ${name} in ${folder}.${nearest ? ` Did you mean ${nearest}?` : ""}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
