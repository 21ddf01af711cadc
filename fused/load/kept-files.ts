import { createHash } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { options } from "../options.ts";
import { writeWhole } from "../write-whole.ts";

/** An answer of a server that is kept on disk. */
export interface KeptFile {
  url: string;
  etag: string | undefined;
  /** When the server last said that this is what it has, milliseconds since 1970. */
  checked: number;
  /** Undefined where the server had none. */
  bytes: Uint8Array | undefined;
}

/** What is kept of an address; undefined where nothing is, or what is there is damaged. */
export async function readKept(url: string): Promise<KeptFile | undefined> {
  try {
    const file = await readFile(pathOf(url));
    const headEnd = file.indexOf("\n");
    const { missing, sum, ...head } = JSON.parse(file.toString("utf8", 0, headEnd)) as KeptFile & {
      missing: boolean;
      sum: string;
    };
    const bytes = file.subarray(headEnd + 1);
    if (head.url !== url || sum !== digest(bytes)) return undefined;
    return { ...head, bytes: missing ? undefined : bytes };
  } catch {
    return undefined;
  }
}

/** Keeps an answer. Where the disk does not take it, the next load fetches again: that is no reason to fail this one. */
export async function keep({ url, etag, checked, bytes }: KeptFile): Promise<void> {
  const path = pathOf(url);
  const head = { url, etag, checked, missing: bytes === undefined, sum: digest(bytes ?? new Uint8Array()) };
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    writeWhole(path, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes ?? new Uint8Array()]));
  } catch {
    return;
  }
}

export async function forget(url: string): Promise<void> {
  await rm(pathOf(url), { force: true }).catch(() => undefined);
}

function pathOf(url: string): string {
  return join(options.cacheDirectory, "loads", digest(Buffer.from(url)));
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
