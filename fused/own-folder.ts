import { chmodSync, lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The folder among temporary files that kept results and downloads go to unless told otherwise: `fused`, readable by this
 * user alone. Where that is another user's, who could plant results in it, `fused-UID`.
 */
export function ownTemporaryFolder(): string {
  const uid = process.getuid?.();
  // Windows has temporary folders for each user.
  if (uid === undefined) return join(tmpdir(), "fused");
  for (const name of ["fused", `fused-${uid}`]) {
    const folder = join(tmpdir(), name);
    if (isOwn(folder, uid)) return folder;
  }
  return mkdtempSync(join(tmpdir(), "fused-"));
}

/** Makes the folder where it is missing, and takes from others what rights they have in it. */
function isOwn(folder: string, uid: number): boolean {
  try {
    mkdirSync(folder, { mode: 0o700, recursive: true });
    const found = lstatSync(folder);
    if (!found.isDirectory() || found.uid !== uid) return false;
    if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return true;
  } catch {
    return false;
  }
}
