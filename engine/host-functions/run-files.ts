import { mkdirSync, realpathSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isBelow } from "../files/relative-path.ts";
import type { HostAccess } from "../host-access.ts";

/** A file that a UDF may not read or write. */
export class FilePermissionError extends Error {
  override name = "FilePermissionError";
}

/** Folders whose files runs may read: those that `download` and `filePath` give paths in. */
export function fileFolders({ folders }: HostAccess): string[] {
  return [...new Set(Object.values(folders).flatMap(({ data, temp }) => [data, temp]))];
}

/** The bytes of a file that `download` or `filePath` gave. @throws FilePermissionError; the file system's error */
export async function readRunFile(access: HostAccess, path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(checked(path, fileFolders(access), "read")));
}

/** Writes a file that `filePath` gave the path of. @throws FilePermissionError; the file system's error */
export async function writeRunFile(access: HostAccess, path: string, bytes: Uint8Array): Promise<void> {
  const folders = [...new Set(Object.values(access.folders).map(({ temp }) => temp))];
  await writeFile(checked(path, folders, "write"), bytes);
}

/** The path with links resolved, where that is still below one of the folders. */
function checked(path: string, folders: string[], what: string): string {
  const refusal = () =>
    new FilePermissionError(
      `A UDF may not ${what} ${path}: use a path that fused.${what === "read" ? "download or fused." : ""}filePath gave.`,
    );
  const wanted = resolve(path);
  if (!isBelow(wanted, folders)) throw refusal();
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const real = realPath(wanted);
  if (
    !isBelow(
      real,
      folders.map((folder) => realpathSync(folder)),
    )
  )
    throw refusal();
  return real;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(realpathSync(dirname(path)), path.slice(dirname(path).length + 1));
  }
}
