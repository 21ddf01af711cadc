import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { UdfLoadError } from "../errors.ts";
import { languageOfFile } from "./code-language.ts";
import type { UdfFolder } from "./udf-folder.ts";
import { textOf } from "./udf-folder.ts";
import type { UdfParts } from "./udf-parts.ts";
import { readCodeFile, readFolder } from "./udf-parts.ts";
import { zipFolder } from "./zip-folder.ts";

/**
 * Reads a UDF from this machine's files: a folder, its `meta.json`, a code file, or a zip of such a folder.
 * @param path absolute
 * @throws UdfLoadError saying what is there instead
 */
export async function readLocal(path: string): Promise<UdfParts> {
  const kind = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no such file or folder" : error.message;
    throw new UdfLoadError(`${path} cannot be loaded: ${reason}.`, { cause: error });
  });
  if (kind.isDirectory()) return (await readFolder(localFolder(path)))!;
  const file = basename(path);
  if (file === "meta.json") return (await readFolder(localFolder(dirname(path))))!;
  if (languageOfFile(file)) return readCodeFile({ place: path, file, text: textOf(await readFile(path)) });
  if (extname(file).toLowerCase() === ".zip") return (await readFolder(await zipFolder(await readFile(path), path)))!;
  throw new UdfLoadError(
    `${path} is no UDF: load a folder, its meta.json, a code file (.ts, .js, .py) or a .zip of the folder.`,
  );
}

function localFolder(path: string): UdfFolder {
  return {
    place: path,
    name: basename(path),
    read: (file) => readFile(join(path, file)).catch(absent),
    list: () => readdir(path),
  };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "EISDIR" || error.code === "ENOTDIR") return undefined;
  throw error;
}
