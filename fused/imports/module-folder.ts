import { statSync } from "node:fs";
import { dirname, extname, isAbsolute } from "node:path";
import type { UdfState } from "../udf-state.ts";

/** Where a UDF's imports are looked for, and which files it may take along. */
export interface ImportPlace {
  folder: string;
  /**
   * `any` for code of the notebook's author; `below` the folder for a UDF that was loaded from it, and `none` for one
   * that came from elsewhere or as a text: nobody has read it, and what it takes along it could send away.
   */
  files: "any" | "below" | "none";
  /** Whether packages of node_modules may go along. */
  packages: boolean;
}

let notebookFolder = process.cwd();
let isTrusted = true;

/**
 * Says which folder is the notebook's. Until then it is the one that the process was started in.
 * @param trusted false for a notebook that nobody trusts: its UDFs take nothing of this machine along
 */
export function setModuleFolder(path: string, trusted = true): void {
  notebookFolder = path;
  isTrusted = trusted;
}

/** The place of a UDF's imports: its own folder, or the notebook's. */
export function importPlace({ loaded, isText = false }: Pick<UdfState, "loaded" | "isText">): ImportPlace {
  if (!isTrusted) return { folder: notebookFolder, files: "none", packages: false };
  if (!loaded) return { folder: notebookFolder, files: isText ? "none" : "any", packages: true };
  const { place } = loaded;
  const found = isAbsolute(place) && extname(place) !== ".zip" ? statSync(place, { throwIfNoEntry: false }) : undefined;
  if (!found) return { folder: notebookFolder, files: "none", packages: true };
  return { folder: found.isDirectory() ? place : dirname(place), files: "below", packages: true };
}
