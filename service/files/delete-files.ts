import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { lstatSync, rmdirSync } from "node:fs";
import { HttpError } from "../http/http-error.ts";
import { placeOf, teamUrl } from "./team-path.ts";

/**
 * Deletes a file, or a folder with all that is in it.
 * @param deepest levels below the path that may go with it: a file has none, a folder of files one
 * @returns bytes that are free now; undefined where nothing was there
 * @throws HttpError 422 for the team's folder itself, 409 for a tree that is deeper
 */
export async function deleteFiles(folder: string, parts: string[], deepest: number): Promise<number | undefined> {
  if (parts.length === 0)
    throw new HttpError(422, "FilePathError", "fd:// itself cannot be deleted. Name what is in it.");
  const { absolute, stats } = placeOf(folder, parts);
  if (!stats) return undefined;
  const { depth, bytes } = stats.isFile() ? { depth: 0, bytes: stats.size } : await measure(absolute);
  if (depth > deepest) {
    throw new HttpError(
      409,
      "DeletionDepthError",
      `${teamUrl(parts)} is ${depth} levels deep and max_deletion_depth is ${deepest}: nothing was deleted. Name a folder ` +
        "further down, or pass max_deletion_depth=unlimited.",
    );
  }
  await rm(absolute, { recursive: true, force: true });
  removeEmpty(folder, dirname(absolute));
  return bytes;
}

async function measure(folder: string): Promise<{ depth: number; bytes: number }> {
  let [depth, bytes] = [1, 0];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const below = await measure(path);
      depth = Math.max(depth, below.depth + 1);
      bytes += below.bytes;
    } else bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return { depth, bytes };
}

/** Folders are there because files are in them. */
function removeEmpty(top: string, folder: string): void {
  for (let each = folder; each.length > top.length; each = dirname(each)) {
    try {
      rmdirSync(each);
    } catch {
      return;
    }
  }
}
