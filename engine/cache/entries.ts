import { readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { entryEnding, readFacts, removeEntry, type EntryFacts } from "./entry-file.ts";

/** An entry as lists show it. */
export interface ListedEntry extends EntryFacts {
  /** Absolute path of its file. */
  path: string;
  /** Folder below the cache directory. */
  folder: string;
}

/** All entries below a cache directory, newest first. A directory that does not exist has none. */
export async function listEntries(directory: string): Promise<ListedEntry[]> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const found: ListedEntry[] = [];
  for (const file of files) {
    if (!file.isFile() || !file.name.endsWith(entryEnding)) continue;
    const path = join(file.parentPath, file.name);
    const facts = await readFacts(path);
    if (facts) found.push({ ...facts, path, folder: relative(directory, file.parentPath) });
  }
  return found.sort((a, b) => b.created - a.created);
}

/** Removes the entries that fit, and says how many and how many bytes they held. */
export async function clearEntries(
  directory: string,
  fits: (entry: ListedEntry) => boolean = () => true,
): Promise<{ count: number; bytes: number }> {
  const gone = (await listEntries(directory)).filter(fits);
  for (const { path } of gone) removeEntry(path);
  return { count: gone.length, bytes: gone.reduce((sum, { size }) => sum + size, 0) };
}

/** Removes a folder of entries as a whole. */
export async function removeEntries(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
