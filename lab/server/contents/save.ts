import { createHash } from "node:crypto";
import { link, mkdir, open, readFile, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HttpError } from "../http-error.ts";
import { syncFolder, writeAtomic } from "../write-atomic.ts";
import type { Folder, Place } from "./folder.ts";
import type { WorkDone } from "./notebook-work.ts";
import type { Signatures } from "./signatures.ts";

/**
 * Writes a file, or makes a folder.
 * @returns true where there was nothing before
 * @throws HttpError 400, 403, 404
 */
export async function save(folder: Folder, signatures: Signatures, place: Place, request: WorkDone): Promise<boolean> {
  const { type, chunk, bytes, trusted } = request;
  if (place.apiPath === "") throw new HttpError(400, "the folder of this lab cannot be written as a file");
  await checkParent(place);
  const fresh = !place.exists;
  if (type === "directory") {
    await makeFolder(place);
    return fresh;
  }
  if (place.exists && (await stat(place.path)).isDirectory()) {
    throw new HttpError(400, `${place.apiPath} is a directory`);
  }
  if (type === "notebook") {
    if (chunk !== undefined && chunk !== null) throw new HttpError(400, "a notebook is saved in one piece");
    await write(place, bytes);
    // Only what the front end has shown can have been run there: an upload comes as a file.
    if (trusted) await signatures.add(bytes);
  } else if (type === "file") {
    if (chunk === undefined || chunk === null) await write(place, bytes);
    else await writeChunk(folder, place, bytes, chunk);
  } else {
    throw new HttpError(400, `Unhandled contents type: ${type}`);
  }
  return fresh;
}

async function checkParent({ path, apiPath }: Place): Promise<void> {
  const parent = await stat(dirname(path)).catch(() => undefined);
  if (!parent?.isDirectory()) throw new HttpError(404, `there is no folder for ${apiPath}`);
}

async function makeFolder({ path, apiPath }: Place): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (!there) throw error;
    if (!(await stat(path)).isDirectory()) throw new HttpError(400, `Not a directory: ${apiPath}`);
  }
}

async function write({ path, apiPath, exists }: Place, bytes: Uint8Array): Promise<void> {
  // A rename would replace a file that may not be written.
  if (exists) await (await open(path, "r+").catch(readOnly)).close();
  await writeAtomic(path, bytes).catch(readOnly);

  function readOnly(error: NodeJS.ErrnoException): never {
    if (error.code === "EACCES" || error.code === "EPERM" || error.code === "EROFS") {
      throw new HttpError(403, `Permission denied: ${apiPath}`);
    }
    throw error;
  }
}

/** The pieces gather in a hidden file beside the place, which becomes the file with the last one. */
async function writeChunk(folder: Folder, place: Place, bytes: Uint8Array, chunk: unknown): Promise<void> {
  const name = createHash("sha256").update(place.apiPath).digest("hex").slice(0, 16);
  const { path: gathering } = await folder.beside(place, `.~upload-${name}`);
  if (!Number.isInteger(chunk) || chunk === 0 || (chunk as number) < -1) {
    throw new HttpError(400, `${String(chunk)} is no number of a chunk`);
  }
  if (chunk === 1) await unlink(gathering).catch(() => undefined);
  const file = await open(gathering, chunk === 1 ? "ax" : "a");
  try {
    await file.writeFile(bytes);
    if (chunk === -1) await file.sync();
  } finally {
    await file.close();
  }
  if (chunk !== -1) return;
  await rename(gathering, place.path);
  await syncFolder(dirname(place.path));
}

/** Makes a file or folder under the first free name. @param names `Untitled.ipynb`, `Untitled1.ipynb`, … */
export async function createFirstFree(
  folder: Folder,
  parent: Place,
  names: Iterable<string>,
  create: (place: Place) => Promise<void>,
): Promise<Place> {
  for (const name of names) {
    const place = await folder.find(join(parent.apiPath, name).replaceAll("\\", "/"));
    if (place.exists) continue;
    try {
      await create(place);
      return { ...place, exists: true };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  throw new HttpError(409, "every name is taken");
}

/** `base`, `base1`, `base2`, … with an ending; folders put a space before the number. */
export function* numberedNames(base: string, ending: string, between = ""): Generator<string> {
  yield base + ending;
  for (let i = 1; i < 10_000; i++) yield `${base}${between}${i}${ending}`;
}

/** A file with this content where there is none. @throws EEXIST */
export async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Moves a file or folder to a name that is free. @throws HttpError 409 */
export async function moveTo(from: Place, to: Place): Promise<void> {
  const same = to.exists && (await sameFile(from.entry, to.entry));
  if (to.exists && !same) throw new HttpError(409, `File already exists: ${to.apiPath}`);
  const file = (await stat(from.path)).isFile();
  if (!file || same) return rename(from.entry, to.entry);
  try {
    // Unlike rename it never replaces a file that has come in between.
    await link(from.entry, to.entry);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new HttpError(409, `File already exists: ${to.apiPath}`);
    // A file system without hard links.
    return rename(from.entry, to.entry);
  }
  await unlink(from.entry);
}

/** On a file system that does not tell case apart, a name may be free and taken. */
async function sameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(a), stat(b)]);
  return one.ino === other.ino && one.dev === other.dev && a !== b;
}

/** Trusts a notebook as its file stands. */
export async function trustFile(signatures: Signatures, { path }: Place): Promise<void> {
  await signatures.add(await readFile(path));
}
