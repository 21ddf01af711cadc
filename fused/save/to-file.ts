import { randomUUID } from "node:crypto";
import { link, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Writable } from "node:stream";
import { FusedError } from "../errors.ts";
import type { UdfState } from "../udf-state.ts";
import { udfFiles } from "./udf-files.ts";

/** Bytes of a zip with the UDF's files at its root; the same UDF gives the same bytes wherever and whenever. */
async function udfZip(state: UdfState): Promise<Uint8Array> {
  const { zipSync } = await import("fflate");
  const files = [...udfFiles(state)].map(([file, text]) => [file, Buffer.from(text)]);
  // The earliest time that a zip can hold, as local time, which is how fflate writes it; 3 is Unix.
  return zipSync(Object.fromEntries(files) as Record<string, Uint8Array>, {
    mtime: new Date(1980, 0, 1),
    level: 9,
    os: 3,
  });
}

/**
 * Writes a UDF as a zip.
 * @param where path of the file, or a stream that the bytes are written to and that stays open
 * @returns the file's absolute path; undefined for a stream
 * @throws FusedError where the file exists and `overwrite` is not set
 */
export async function toFile(
  state: UdfState,
  where: string | Writable,
  { overwrite = false } = {},
): Promise<string | undefined> {
  if (typeof where !== "string" && typeof (where as Writable | undefined)?.write !== "function") {
    throw new TypeError("toFile takes the path of a zip file, or a stream to write to.");
  }
  const bytes = await udfZip(state);
  if (typeof where !== "string") {
    await new Promise<void>((done, fail) => where.write(bytes, (error) => (error ? fail(error) : done())));
    return undefined;
  }
  const path = resolve(where);
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, bytes);
    await (overwrite ? rename(draft, path) : link(draft, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new FusedError(`${path} exists. Pass { overwrite: true } to write over it, or name another file.`);
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}
