import { readdir, lstat } from "node:fs/promises";
import { join } from "node:path";
import { placeOf, teamUrl } from "./team-path.ts";

export interface FileDetails {
  url: string;
  file_name: string;
  is_directory: boolean;
  size: number | null;
  last_modified: string;
}

const mostListed = 100_000;

/** What a folder holds, by name; of a file itself; of a path where nothing is, nothing. Links are left out. */
export async function listFiles(folder: string, parts: string[]): Promise<FileDetails[]> {
  const { absolute, stats } = placeOf(folder, parts);
  if (!stats) return [];
  if (stats.isFile()) return [detailsOf(parts, stats)];
  const names = (await readdir(absolute)).sort().slice(0, mostListed);
  const listed: FileDetails[] = [];
  for (const name of names) {
    // It may go while it is listed.
    const each = await lstat(join(absolute, name)).catch(() => undefined);
    if (each?.isFile() || each?.isDirectory()) listed.push(detailsOf([...parts, name], each));
  }
  return listed;
}

/** All files below a path, however deep, at most `most`. */
export async function filesBelow(folder: string, parts: string[], most: number): Promise<string[][]> {
  const found: string[][] = [];
  const waiting = [parts];
  for (let next = waiting.pop(); next && found.length < most; next = waiting.pop()) {
    const { absolute, stats } = placeOf(folder, next);
    if (stats?.isFile()) found.push(next);
    if (!stats?.isDirectory()) continue;
    for (const entry of await readdir(absolute, { withFileTypes: true })) {
      if (entry.isFile()) found.push([...next, entry.name]);
      else if (entry.isDirectory()) waiting.push([...next, entry.name]);
    }
  }
  return found.slice(0, most);
}

function detailsOf(parts: string[], stats: { isDirectory(): boolean; size: number; mtime: Date }): FileDetails {
  const isDirectory = stats.isDirectory();
  return {
    url: teamUrl(parts, isDirectory),
    file_name: parts.at(-1) ?? "",
    is_directory: isDirectory,
    size: isDirectory ? null : stats.size,
    last_modified: stats.mtime.toISOString(),
  };
}
