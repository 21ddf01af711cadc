import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FusedError } from "../errors.ts";
import type { UdfState } from "../udf-state.ts";
import { fileName, udfFiles } from "./udf-files.ts";

/**
 * Writes a UDF's files into a folder, which is made with its parents.
 * @param where the folder; default one of the UDF's name in the working directory
 * @returns the folder's absolute path
 * @throws FusedError where the folder has something in it and `overwrite` is not set; then other files in it stay
 */
export async function toDirectory(state: UdfState, where?: string, { overwrite = false } = {}): Promise<string> {
  const folder = resolve(where ?? fileName(state.frame.name));
  const files = udfFiles(state);
  const present = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR")
      throw new FusedError(`${folder} is a file, and ${state.frame.name} is saved as a folder.`);
    throw error;
  });
  if (present.length > 0 && !overwrite) {
    throw new FusedError(
      `${folder} exists and is not empty. Pass { overwrite: true } to write over it, or name another.`,
    );
  }
  for (const [file, text] of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return folder;
}
