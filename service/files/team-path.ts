import { lstatSync, type Stats } from "node:fs";
import { join } from "node:path";
import { HttpError } from "../http/http-error.ts";
import type { ServiceSettings } from "../settings.ts";

const longestPart = 255;
const longestPath = 1024;
const mostParts = 64;

const refuse = (path: string, why: string) =>
  new HttpError(
    422,
    "FilePathError",
    `${JSON.stringify(path.slice(0, 200))} ${why}. Paths look like fd://folder/file.parquet.`,
  );

/**
 * The parts of a path below the team's folder: `fd://a/b`, `/a/b` or `a/b`. A slash at the end is dropped.
 * @throws HttpError 422 for what is no plain path: `..`, `.`, empty parts, control characters, backslashes, other schemes
 */
export function teamPath(path: string | null): string[] {
  if (path === null || path === "") throw refuse("", "is no path: name one with ?path=");
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(path);
  if (scheme && !/^fd:\/\//i.test(path))
    throw refuse(path, `has the scheme ${scheme[1]}:; this service keeps fd:// files`);
  const bare = path
    .replace(/^fd:\/\//i, "")
    .replace(/^\//, "")
    .replace(/\/$/, "");
  if (bare === "") return [];
  if (bare.length > longestPath) throw refuse(path, `is longer than ${longestPath} characters`);
  if (!bare.isWellFormed()) throw refuse(path, "has half a character");
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(bare))
    throw refuse(path, "has control characters");
  if (bare.includes("\\")) throw refuse(path, "has a backslash");
  const parts = bare.split("/");
  if (parts.length > mostParts) throw refuse(path, `is deeper than ${mostParts} folders`);
  for (const part of parts) {
    if (part === "") throw refuse(path, "has an empty part");
    if (part === "." || part === "..") throw refuse(path, `has the part "${part}"`);
    if (part !== part.trim()) throw refuse(path, "has a part that begins or ends with a space");
    if (Buffer.byteLength(part) > longestPart) throw refuse(path, `has a part of more than ${longestPart} bytes`);
  }
  return parts;
}

/** The folder of a team's files. Replicas that share them have it on the same disk. */
export function teamFolder({ dataFolder }: ServiceSettings, teamId: string): string {
  if (!/^[0-9a-f-]{36}$/.test(teamId)) throw new HttpError(404, "NotFound", "There is no such team.");
  return join(dataFolder, "files", teamId);
}

export interface Placed {
  /** On this machine. */
  absolute: string;
  /** Undefined: nothing is there. */
  stats: Stats | undefined;
}

/**
 * Where a path lies on disk, and what is there. Links are not followed, wherever they stand: the service makes none, and one that
 * somebody else has put there could lead anywhere.
 * @throws HttpError 403 for a link, 409 where a file stands in the place of a folder
 */
export function placeOf(folder: string, parts: string[]): Placed {
  let absolute = folder;
  let stats = lstatSync(absolute, { throwIfNoEntry: false });
  for (const [i, part] of parts.entries()) {
    absolute = join(absolute, part);
    if (stats && !stats.isDirectory()) {
      throw new HttpError(
        409,
        "FilePathError",
        `fd://${parts.slice(0, i).join("/")} is a file, so nothing can be below it.`,
      );
    }
    stats = stats && lstatSync(absolute, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() || (stats && !stats.isFile() && !stats.isDirectory())) {
      throw new HttpError(403, "FilePathError", `fd://${parts.slice(0, i + 1).join("/")} is no plain file or folder.`);
    }
  }
  return { absolute, stats };
}

/** The address of a path, as clients write it. */
export const teamUrl = (parts: string[], isFolder = false): string =>
  `fd://${parts.join("/")}${isFolder && parts.length > 0 ? "/" : ""}`;
