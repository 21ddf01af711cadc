import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file whole or not at all: beside its place, to the disk, then renamed. Whoever reads it, also after a crash,
 * finds what was there before or what is there now.
 * @param path in a folder that is there
 * @param mode what others may do with it; the default is this user's alone
 * @throws as node:fs does; nothing stays then
 */
export function writeWhole(path: string, content: string | Uint8Array, mode = 0o600): void {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    writeFileSync(draft, content, { mode, flag: "wx", flush: true });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
