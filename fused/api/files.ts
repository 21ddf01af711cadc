import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sendRequest, ServiceError, isBrokenConnection } from "../../engine/remote/service-http.ts";
import { FusedError, NotFoundError } from "../errors.ts";
import { openTransferProgress } from "../files/progress.ts";
import { readOptions } from "../option-names.ts";
import { keepSecret } from "../known-secrets.ts";
import { fdPath } from "./fd-path.ts";
import { forCell, send, sendForJson, serviceSettings, type ServiceAddress } from "./service.ts";

/** What `list` tells of a file with `details`. */
export interface ListDetails {
  url: string;
  file_name: string;
  is_directory: boolean;
  /** Bytes; null of a folder. */
  size: number | null;
  last_modified: string | null;
}

export interface TransferOptions {
  /** Longest wait for the next bytes, seconds. */
  timeout?: number;
  signal?: AbortSignal;
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
  await receive(service, fdPath(path, "fused.api.get"), options, async (chunk) => void chunks.push(chunk));
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
    await receive(service, from, options, (chunk) => {
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

/** Reads a file through a signed address; a connection that breaks is taken up where it broke. */
function receive(
  service: ServiceAddress,
  path: string,
  options: TransferOptions,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  return forCell({ signal: options.signal, ifMissing: missing(path) }, async (signal) => {
    const settings = serviceSettings(service);
    const readTimeoutMs = options.timeout === undefined ? undefined : options.timeout * 1000;
    const ask = { method: "GET" as const, path: "/files/get", query: { path }, signal };
    const { headers, body: none } = await sendRequest(settings, ask);
    await none.dump();
    const url = headers["location"];
    if (url === undefined) throw new ServiceError(`The service gave no address for ${path}.`);
    const progress = openTransferProgress(path);
    let received = 0;
    let version: string | undefined;
    try {
      for (let attempt = 0; ; attempt++) {
        const range = received > 0 ? { range: `bytes=${received}-`, ...(version && { "if-range": version }) } : {};
        const part = { method: "GET" as const, path: url, headers: range, signal, readTimeoutMs, isAnonymous: true };
        const answer = await sendRequest(settings, part);
        if (received > 0 && answer.status !== 206) {
          answer.body.destroy();
          throw new ServiceError(`${path} has changed while it was read: read it again.`, { status: 409 });
        }
        version ??= answer.headers["etag"];
        const left = Number(answer.headers["content-length"]);
        const total = Number.isFinite(left) ? received + left : undefined;
        try {
          for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
            await take(chunk);
            received += chunk.length;
            progress.update(received, total);
          }
          if (total === undefined || received >= total) return;
          throw Object.assign(new Error("terminated"), { code: "ECONNRESET" });
        } catch (error) {
          if (signal?.aborted || !isBrokenConnection(error) || attempt >= settings.maxRetries) throw error;
          await sleep(settings.retryDelayMs * 2 ** attempt, undefined, { signal });
        }
      }
    } finally {
      progress.end();
    }
  });
}

const missing = (path: string) => `${path}: fused.api.list("${path.replace(/[^/]*$/, "")}") tells what is there.`;

/** Bytes up to which a file goes in one request; larger ones go in parts, so that a broken connection costs one of them. */
const mostAtOnce = 5 * 1024 * 1024;
const partBytes = 8 * 1024 * 1024;

/** A source of bytes that can be read from any place on. */
export interface UploadSource {
  size: number;
  read(start: number, end: number): Promise<Uint8Array>;
}

/** Sends bytes to a path. @returns the file's `fd://` address */
export function uploadFrom(
  service: ServiceAddress,
  path: string,
  source: UploadSource,
  { timeout, signal: given }: TransferOptions,
): Promise<string> {
  if (source.size <= mostAtOnce) return uploadWhole(service, path, source, { timeout, signal: given });
  return forCell({ signal: given }, async (signal) => {
    const settings = serviceSettings(service);
    const readTimeoutMs = timeout === undefined ? undefined : timeout * 1000;
    const json = async <T>(request: Parameters<typeof sendRequest>[1]) => {
      const answer = await sendRequest(settings, { ...request, signal, readTimeoutMs });
      return (await answer.body.json()) as T;
    };
    const begun = { method: "POST" as const, path: "/files/upload/start", body: { path, size: source.size } };
    const { upload_id: id } = await json<{ upload_id: string }>(begun);
    keepSecret(id);
    const progress = openTransferProgress(path);
    let offset = 0;
    let failures = 0;
    try {
      for (;;) {
        const end = Math.min(source.size, offset + partBytes);
        const range = {
          "content-range": `bytes ${offset}-${end - 1}/${source.size}`,
          "content-type": "application/octet-stream",
        };
        try {
          // Repetitions are ours: what has come of a part must be asked for first.
          const part = {
            path: "/files/upload",
            query: { path, upload_id: id },
            headers: range,
            body: await source.read(offset, end),
          };
          const answer = await sendRequest(
            { ...settings, maxRetries: 0 },
            { ...part, method: "PUT", signal, readTimeoutMs },
          );
          const { url, offset: now } = (await answer.body.json()) as { url?: string; offset?: number };
          progress.update(end, source.size);
          if (url !== undefined) return url;
          offset = now ?? end;
          failures = 0;
        } catch (error) {
          const { status = 0 } = error instanceof ServiceError ? error : {};
          const mayPass = status === 0 || status === 409 || status === 429 || status >= 500;
          if (signal?.aborted || !mayPass || failures >= settings.maxRetries) throw error;
          await sleep(settings.retryDelayMs * 2 ** failures++, undefined, { signal });
          const begun = await json<{ offset: number }>({ method: "GET", path: `/files/upload/${id}` }).catch(
            (gone: unknown) => {
              if (gone instanceof ServiceError && gone.status === 404) return undefined;
              throw gone;
            },
          );
          // It was the answer to the last part that was lost.
          if (!begun && (await isThere(path, source.size, json))) return path;
          if (!begun) throw error;
          offset = begun.offset;
        }
      }
    } finally {
      progress.end();
    }
  });
}

async function isThere(
  path: string,
  size: number,
  json: <T>(request: Parameters<typeof sendRequest>[1]) => Promise<T>,
): Promise<boolean> {
  const found = await json<ListDetails[]>({ method: "GET", path: "/files/list-details", query: { path } });
  return found.some((file) => file.url === path && file.size === size);
}

async function uploadWhole(
  service: ServiceAddress,
  path: string,
  source: UploadSource,
  options: TransferOptions,
): Promise<string> {
  const body = await source.read(0, source.size);
  const headers = { "content-type": "application/octet-stream" };
  const answer = await send(service, { method: "PUT", path: "/files/upload", query: { path }, headers, body }, options);
  const { url } = (await answer.body.json()) as { url: string };
  if (typeof url !== "string") throw new FusedError(`The service did not say where it put ${path}.`);
  return url;
}
