import { readFile, rename, rm, stat, mkdir } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { HttpError } from "../http-error.ts";
import { writeAtomic } from "../write-atomic.ts";
import type { Folder, Place } from "./folder.ts";

/** A file has one checkpoint, where Jupyter has it: `.ipynb_checkpoints/NAME-checkpoint.EXT` beside it. */
export interface Checkpoint {
  id: string;
  last_modified: string;
}

const id = "checkpoint";

export async function listCheckpoints(folder: Folder, file: Place): Promise<Checkpoint[]> {
  const { path, exists } = await checkpointOf(folder, file);
  return exists ? [{ id, last_modified: (await stat(path)).mtime.toISOString() }] : [];
}

export async function makeCheckpoint(folder: Folder, file: Place): Promise<Checkpoint> {
  const { path } = await checkpointOf(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeAtomic(path, await readFile(file.path));
  return { id, last_modified: (await stat(path)).mtime.toISOString() };
}

/** @throws HttpError 404 */
export async function restoreCheckpoint(folder: Folder, file: Place, wanted: string): Promise<void> {
  await writeAtomic(file.path, await readFile(await existing(folder, file, wanted)));
}

/** @throws HttpError 404 */
export async function deleteCheckpoint(folder: Folder, file: Place, wanted: string): Promise<void> {
  await rm(await existing(folder, file, wanted));
}

/** A checkpoint goes where its file goes. */
export async function moveCheckpoint(folder: Folder, from: Place, to: Place): Promise<void> {
  const before = await checkpointOf(folder, from);
  if (!before.exists) return;
  const { path } = await checkpointOf(folder, to);
  await mkdir(dirname(path), { recursive: true });
  await rename(before.path, path);
}

export async function dropCheckpoint(folder: Folder, file: Place): Promise<void> {
  const { path, exists } = await checkpointOf(folder, file);
  if (exists) await rm(path);
}

async function existing(folder: Folder, file: Place, wanted: string): Promise<string> {
  const { path, exists } = await checkpointOf(folder, file);
  if (wanted !== id || !exists) throw new HttpError(404, `Checkpoint does not exist: ${file.apiPath}@${wanted}`);
  return path;
}

function checkpointOf(folder: Folder, file: Place): Promise<{ path: string; exists: boolean }> {
  const ending = extname(file.name);
  const name = `${file.name.slice(0, file.name.length - ending.length)}-checkpoint${ending}`;
  return folder.beside(file, ".ipynb_checkpoints", name);
}
