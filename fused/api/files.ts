import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { NotFoundError } from "../errors.ts";
import { readOptions } from "../option-names.ts";
import { fdPath } from "./fd-path.ts";
import { receiveFile } from "./receive-file.ts";
import { sendForJson, type ServiceAddress } from "./service.ts";
import type { TransferOptions } from "./transfer-options.ts";

export type { TransferOptions };

/** What `list` tells of a file with `details`. */
export interface ListDetails {
  url: string;
  file_name: string;
  is_directory: boolean;
  /** Bytes; null of a folder. */
  size: number | null;
  last_modified: string | null;
}

const get = (path: string, query: Record<string, string | number>) => ({ method: "GET" as const, path, query });

/** Paths below a path, or with `details` what they are. A folder that is not there is empty. */
export async function list(
  service: ServiceAddress,
  path: string,
  { details = false }: { details?: boolean } = {},
): Promise<string[] | ListDetails[]> {
  try {
    const query = { path: fdPath(path, "fused.api.list") };
    return await sendForJson<string[] | ListDetails[]>(
      service,
      get(details ? "/files/list-details" : "/files/list", query),
    );
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}

/**
 * Removes the files at a path.
 * @param options.maxDeletionDepth how many levels of folders may go with it, or `"unlimited"`; default 3
 * @returns whether there was something @throws FusedError where the tree is deeper
 */
export async function deleteFiles(
  service: ServiceAddress,
  path: string,
  options: { maxDeletionDepth?: number | "unlimited" } = {},
): Promise<boolean> {
  const { maxDeletionDepth = 3 } = readOptions<typeof options>(options, ["maxDeletionDepth"], "fused.api.delete");
  const query = { path: fdPath(path, "fused.api.delete"), max_deletion_depth: maxDeletionDepth };
  const { deleted } = await sendForJson<{ deleted: boolean }>(service, {
    method: "DELETE",
    path: "/files/delete",
    query,
  });
  return deleted;
}

/** An address that gives a file to whoever has it, for a time. The file need not be there yet. @param options.expires seconds, default 3600 */
export async function signUrl(
  service: ServiceAddress,
  path: string,
  { expires = 3600 }: { expires?: number } = {},
): Promise<string> {
  const query = { path: fdPath(path, "fused.api.signUrl"), expires };
  return (await sendForJson<{ url: string }>(service, get("/files/sign", query))).url;
}

/** Such addresses of all files below a path, by their paths. */
export function signUrlPrefix(service: ServiceAddress, path: string): Promise<Record<string, string>> {
  return sendForJson(service, get("/files/sign-prefix", { path: fdPath(path, "fused.api.signUrlPrefix") }));
}

/** The bytes of a file. @throws NotFoundError; FusedError for a folder */
export async function getFile(
  service: ServiceAddress,
  path: string,
  options: TransferOptions = {},
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await receiveFile(service, fdPath(path, "fused.api.get"), options, async (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
}

/**
 * Writes a file to this machine: into a folder under its own name, else to that path. It appears there whole.
 * @returns the path that was written
 */
export async function download(
  service: ServiceAddress,
  path: string,
  localPath: string,
  options: TransferOptions = {},
): Promise<string> {
  const from = fdPath(path, "fused.api.download");
  const isFolder = /[\\/]$/.test(localPath) || (await stat(localPath).catch(() => undefined))?.isDirectory();
  const target = resolve(isFolder ? join(localPath, basename(from)) : localPath);
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}.part`;
  const file = createWriteStream(draft);
  try {
    await receiveFile(service, from, options, (chunk) => {
      return new Promise((written, failed) => file.write(chunk, (error) => (error ? failed(error) : written())));
    });
    await new Promise<void>((closed, failed) => file.end((error?: Error | null) => (error ? failed(error) : closed())));
    await rename(draft, target);
    return target;
  } catch (error) {
    file.destroy();
    await rm(draft, { force: true });
    throw error;
  }
}
