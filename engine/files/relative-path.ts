import { isAbsolute, join, normalize, relative, resolve, sep, win32 } from "node:path";

/** A path that leaves its folder, or is none. */
export class FilePathError extends TypeError {
  override name = "FilePathError";
}

/**
 * The absolute path of a relative one below a folder.
 * @throws FilePathError for an empty or absolute path and one with `..`
 */
export function pathBelow(folder: string, path: unknown): string {
  const say = (why: string) =>
    new FilePathError(`${JSON.stringify(path)} ${why}. Give a path relative to the storage, such as "demo/data.csv".`);
  if (typeof path !== "string" || path.trim() === "") throw say("is no file path");
  if (path.includes("\0")) throw say("has a character that no path may have");
  if (isAbsolute(path) || win32.isAbsolute(path) || /^[a-z]:/i.test(path)) throw say("is absolute");
  if (path.split(/[\\/]/).includes("..")) throw say('leads out of its folder by ".."');
  const cleaned = normalize(path.replaceAll("\\", "/"));
  if (cleaned === "." || cleaned.split(/[\\/]/)[0] === reserved)
    throw say("names a folder that the kernel keeps for itself");
  return join(resolve(folder), cleaned);
}

/** Whether a path lies in one of these folders. */
export function isBelow(path: string, folders: string[]): boolean {
  return folders.some((folder) => {
    const way = relative(resolve(folder), resolve(path));
    return way === "" || (!isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`));
  });
}

/** Folder in a storage that holds locks, unfinished downloads and where files came from. */
export const reserved = ".fused";
