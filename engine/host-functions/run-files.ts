import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isBelow } from "../files/relative-path.ts";
import type { HostAccess } from "../host-access.ts";

/** A file that a UDF may not read or write. */
export class FilePermissionError extends Error {
  override name = "FilePermissionError";
}

/** Folders whose files a run may read: those that `download` and `filePath` give paths in, and what its caller adds. */
export function fileFolders({ folders, readable = [] }: HostAccess): string[] {
  const own = Object.values(folders).flatMap(({ data, temp }) => [data, temp]);
  return [...new Set([...own, ...readable.filter((folder) => existsSync(folder))])];
}

/** The path of a file that a run may read, with links resolved. @throws FilePermissionError */
export function readablePath(access: HostAccess, path: string): string {
  return checked(path, fileFolders(access), "read");
}

/** The bytes of a file that `download` or `filePath` gave. @throws FilePermissionError; the file system's error */
export async function readRunFile(access: HostAccess, path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(readablePath(access, path)));
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
      what === "read"
        ? `A UDF may not read ${path}: use a path that fused.download or fused.filePath gave, or let its runs read the ` +
            'folder: { files: ["."] } among the options of the UDF or the run, --files . on the line of a magic.'
        : `A UDF may not write ${path}: use a path that fused.filePath gave.`,
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
