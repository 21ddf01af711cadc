import { createHash } from "node:crypto";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { takeLock } from "../cache/lock.ts";
import { pathBelow, reserved } from "./relative-path.ts";

/** Makes a GET request: the web's `fetch`, or one that minds what a UDF may reach. */
export type OpenUrl = (url: URL, headers: Record<string, string>, signal?: AbortSignal) => Promise<OpenedUrl>;

export interface OpenedUrl {
  status: number;
  statusText: string;
  headers: { get(name: string): string | null };
  body: AsyncIterable<Uint8Array> | null;
}

export interface DownloadRequest {
  url: URL;
  /** Folder of the storage, absolute, and the path below it. */
  folder: string;
  path: unknown;
  open: OpenUrl;
  warn(text: string): void;
  /** Fetch anew although the file is there. */
  overwrite?: boolean;
  signal?: AbortSignal;
  onProgress?(received: number, total: number | undefined): void;
}

/** The server did not give the file. */
export class DownloadError extends Error {
  override name = "DownloadError";
}

const attempts = 3;
/** How long to wait while somebody else downloads the same file, milliseconds. */
const patience = 30 * 60_000;

/** Where a file came from, kept apart from it. */
interface Source {
  url: string;
  bytes: number;
  time: number;
}

/** What is known of an unfinished download. */
interface Unfinished {
  url: string;
  validator: string;
}

/**
 * Downloads a file once and gives its path; when it is there already it is given at once. Of callers in many processes one
 * downloads, the others wait. The file appears under its name only when it is whole; a download that was cut short goes on
 * where it stopped, where the server can.
 * @throws FilePathError, DownloadError, what `open` throws
 */
export async function download(request: DownloadRequest): Promise<string> {
  const { url, folder, path, overwrite, signal, warn } = request;
  const target = pathBelow(folder, path);
  if (!overwrite && existsSync(target)) return known(request, target);
  const notes = notesOf(folder, target);
  const began = Date.now();
  const lock = await takeLock(notes.lock, { timeout: patience, signal });
  try {
    // Whoever had the lock before may have brought the file.
    const isNew = existsSync(target) && statSync(target).mtimeMs >= began;
    if (existsSync(target) && (!overwrite || isNew)) return known(request, target);
    const bytes = await fetchWhole(request, notes);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(notes.partial, target);
    rmSync(notes.unfinished, { force: true });
    const source: Source = { url: url.href, bytes, time: Date.now() };
    writeFileSync(notes.source, JSON.stringify(source));
    return target;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EISDIR" || code === "ENOTDIR")
      warn(`${target} cannot be written: a directory and a file have the same name.`);
    throw error;
  } finally {
    lock.release();
  }
}

function known({ url, folder, warn, path }: DownloadRequest, target: string): string {
  const source = readJson<Source>(notesOf(folder, target).source);
  if (source && source.url !== url.href) {
    warn(
      `fused.download: ${JSON.stringify(path)} is there already, from ${source.url}; ${url.href} is not fetched. Choose another path, or pass overwrite.`,
    );
  }
  return target;
}

function notesOf(folder: string, target: string) {
  const name = createHash("sha256").update(relative(folder, target)).digest("hex").slice(0, 32);
  const at = (kind: string) => join(folder, reserved, `${name}.${kind}`);
  return { lock: at("lock"), partial: at("partial"), unfinished: at("unfinished.json"), source: at("source.json") };
}

type Notes = ReturnType<typeof notesOf>;

/** Fetches into the partial file until it is whole. */
async function fetchWhole(request: DownloadRequest, notes: Notes): Promise<number> {
  const { url, signal } = request;
  let problem: unknown;
  for (let i = 0; i < attempts; i++) {
    try {
      return await fetchRest(request, notes);
    } catch (error) {
      problem = error;
      if (signal?.aborted || error instanceof RefusedError || !existsSync(notes.unfinished)) break;
    }
  }
  if (!existsSync(notes.unfinished)) rmSync(notes.partial, { force: true });
  if (problem instanceof DownloadError || signal?.aborted) throw problem;
  const { name, message, cause } = problem as Error & { cause?: { message?: string } };
  if (name === "NetworkPermissionError") throw problem;
  throw new DownloadError(`fused.download: ${url.href} could not be fetched: ${cause?.message ?? message}`, {
    cause: problem,
  });
}

/** An answer that another attempt would not change. */
class RefusedError extends DownloadError {
  static {
    this.prototype.name = "DownloadError";
  }
}

async function fetchRest({ url, open, signal, onProgress }: DownloadRequest, notes: Notes): Promise<number> {
  const unfinished = readJson<Unfinished>(notes.unfinished);
  let have = unfinished?.url === url.href ? (statSync(notes.partial, { throwIfNoEntry: false })?.size ?? 0) : 0;
  const ask: Record<string, string> = have > 0 ? { range: `bytes=${have}-`, "if-range": unfinished!.validator } : {};
  // An encoded answer has another length than the file, and no ranges of it.
  const answer = await open(url, { "accept-encoding": "identity", ...ask }, signal);
  const { status, statusText, headers } = answer;
  if (status === 416) {
    await discard(answer);
    rmSync(notes.partial, { force: true });
    throw new DownloadError(`fused.download: ${url.href} has changed while it was fetched.`);
  }
  if (status !== 200 && status !== 206) {
    await discard(answer);
    rmSync(notes.unfinished, { force: true });
    throw new RefusedError(`fused.download: ${url.href} answered ${status}${statusText ? ` ${statusText}` : ""}.`);
  }
  if (status === 200) have = 0;
  const isEncoded = !["identity", "", null].includes(headers.get("content-encoding"));
  const length = isEncoded ? undefined : readLength(headers.get("content-length"));
  const total = length === undefined ? undefined : have + length;
  mkdirSync(dirname(notes.partial), { recursive: true });
  noteUnfinished(url, headers, notes, total);

  const { body } = answer;
  let received = have;
  const count = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      received += chunk.length;
      onProgress?.(received, total);
      yield chunk;
    }
  };
  await pipeline(
    Readable.from(count(body ?? emptyBody())),
    createWriteStream(notes.partial, { flags: have > 0 ? "a" : "w" }),
    { signal },
  );
  if (total !== undefined && received !== total) {
    throw new DownloadError(`fused.download: ${url.href} gave ${received} bytes of the ${total} it announced.`);
  }
  return received;
}

/** Remembers how to go on after an interruption, where the server has said by what it knows this version of the file. */
function noteUnfinished(url: URL, headers: OpenedUrl["headers"], notes: Notes, total: number | undefined): void {
  const etag = headers.get("etag");
  const validator = etag && !etag.startsWith("W/") ? etag : headers.get("last-modified");
  if (!validator || total === undefined) return rmSync(notes.unfinished, { force: true });
  writeFileSync(notes.unfinished, JSON.stringify({ url: url.href, validator } satisfies Unfinished));
}

async function discard({ body }: OpenedUrl): Promise<void> {
  await (body as { cancel?: () => Promise<void> } | null)?.cancel?.();
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

function readLength(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return undefined;
  }
}
