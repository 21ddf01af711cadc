import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { pathBelow, reserved } from "./relative-path.ts";

/** Files that nobody has asked for in this time are removed, milliseconds (fused-spec.md 11). */
const life = 12 * 3600_000;
const sweepPause = 60_000;
const swept = new Map<string, number>();

/**
 * The absolute path for a file below the temporary folder, its directories made. It lives for 12 hours after it was last
 * asked for or changed. A last part without a suffix is a directory.
 * @throws FilePathError for a path that is not a relative one
 */
export function filePath(folder: string, path: unknown, makeDirectories = true): string {
  const found = pathBelow(folder, path);
  const now = Date.now();
  if (now - (swept.get(folder) ?? -Infinity) > sweepPause) {
    swept.set(folder, now);
    sweep(folder, now, found);
  }
  if (makeDirectories) mkdirSync(extname(found) === "" && !isFile(found) ? found : dirname(found), { recursive: true });
  touch(found);
  return found;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Not written yet.
  }
}

/** Removes files below a folder that have lain there untouched for 12 hours, and the directories they leave empty. */
export function sweep(folder: string, now: number, spared?: string): void {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name === reserved || path === spared) continue;
    try {
      if (entry.isDirectory()) {
        const wasOld = isOld(path, now, true);
        sweep(path, now, spared);
        if (wasOld) rmdirSync(path);
      } else if (isOld(path, now)) rmSync(path);
    } catch {
      // In use, not ours to remove, or a directory that is not empty.
    }
  }
}

/** A directory's own reading by `sweep` must not count as use. */
function isOld(path: string, now: number, isDirectory = false): boolean {
  const { mtimeMs, atimeMs } = statSync(path);
  return now - (isDirectory ? mtimeMs : Math.max(mtimeMs, atimeMs)) > life;
}
