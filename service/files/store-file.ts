import { createHash, randomUUID, type Hash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { HttpError } from "../http/http-error.ts";
import type { ServiceSettings } from "../settings.ts";
import { placeOf, teamUrl } from "./team-path.ts";

/** Where files lie until they are whole: on the disk of the files, so that a rename brings them to their place. */
export function incomingFolder({ dataFolder }: ServiceSettings): string {
  const folder = join(dataFolder, "files", "incoming");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/**
 * Takes a body in as a file that is not in its place yet, on disk for good when this returns.
 * @returns its path and size
 * @throws HttpError 413 beyond `most` bytes, 400 where the body has another digest; nothing stays behind
 */
export async function takeBody(
  settings: ServiceSettings,
  body: Readable,
  most: number,
  sha256: string | undefined,
): Promise<{ path: string; size: number }> {
  const path = join(incomingFolder(settings), randomUUID());
  const file = await open(path, "wx", 0o600);
  try {
    const hash = sha256 === undefined ? undefined : createHash("sha256");
    const size = await writeBody(file, body, 0, most, hash);
    if (hash && hash.digest("hex") !== sha256!.toLowerCase()) {
      throw new HttpError(
        400,
        "ChecksumError",
        "What came has another SHA-256 than X-Fused-Content-Sha256 says. Send it again.",
      );
    }
    await file.sync();
    return { path, size };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Writes a body at a place of a file. @throws HttpError 413 beyond `most` bytes */
export async function writeBody(
  file: FileHandle,
  body: Readable,
  at: number,
  most: number,
  hash?: Hash,
): Promise<number> {
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) {
      throw new HttpError(
        413,
        "BodyTooLarge",
        `The body is larger than the ${most} bytes that may come here.`,
        {},
        {
          Connection: "close",
        },
      );
    }
    hash?.update(chunk);
    await file.write(chunk, 0, chunk.length, at + size - chunk.length);
  }
  return size;
}

/**
 * Puts a whole file in its place, at once and for good: whoever reads sees the old one or the new one.
 * @returns bytes of the file that was there before
 * @throws HttpError 409 where a folder is there
 */
export async function putInPlace(incoming: string, folder: string, parts: string[]): Promise<number> {
  const { absolute, stats } = placeOf(folder, parts);
  if (parts.length === 0 || stats?.isDirectory()) {
    throw new HttpError(409, "FilePathError", `${teamUrl(parts, true)} is a folder. Name a file in it.`);
  }
  await mkdir(dirname(absolute), { recursive: true, mode: 0o700 });
  await rename(incoming, absolute);
  await syncFolder(dirname(absolute));
  return stats?.size ?? 0;
}

async function syncFolder(path: string): Promise<void> {
  // Windows has no such thing.
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
