import { randomBytes } from "node:crypto";
import { open, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file whole or not at all: into a file beside it, flushed to the disk, then renamed. A reader, a crash or a
 * full disk meets the old content or the new. The file's mode stays.
 * @param path of a file that is no symlink (its real path)
 */
export async function writeAtomic(path: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(content);
      // The umask has taken bits from the mode that the file had before.
      if (before) await file.chmod(before.mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** A name in the same folder, and so on the same disk; hidden, so that listings leave it out. */
function temporaryBeside(path: string): string {
  return join(dirname(path), `.~${basename(path).slice(0, 80)}.${randomBytes(6).toString("hex")}`);
}

/** Makes a rename last; not every platform can open a folder. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
