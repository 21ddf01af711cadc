import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";

/** What is kept with a cached value, in the file and as JSON beside it. */
export interface EntryFacts {
  /** `function`: of fused.cache. `udf`: a run's result. `table`: what a fan-out collected. */
  kind: "function" | "udf" | "table";
  /** Name of the function or UDF. */
  name: string;
  /** Milliseconds since 1970. */
  created: number;
  /** SHA-256 of what the entry was computed from. */
  digest: string;
  /** Size of the value, bytes. */
  size: number;
  /** How long it took to compute, seconds. */
  duration: number;
  /** Whatever else the one who keeps it wants back, plain JSON. */
  extra?: Record<string, unknown>;
}

export interface StoredEntry {
  facts: EntryFacts;
  /** The value's bytes (see packed-value.ts). */
  bytes: Uint8Array;
}

/** An entry's file that is not what was written. */
export class CorruptEntryError extends Error {
  override name = "CorruptEntryError";
}

/** How the names of entries' files end. */
export const entryEnding = ".fused";

const magic = Buffer.from("FUSEDC1\n", "latin1");
const fixedHead = magic.length + 8;
/** Files up to this size are read and written at once: that takes less time than to hand them to another thread. */
const smallBytes = 256 * 1024;

/**
 * Reads an entry; undefined where there is none.
 * @throws CorruptEntryError where the file is cut short or its checksum differs
 */
export async function readEntry(path: string): Promise<StoredEntry | undefined> {
  let file: Buffer;
  try {
    file = readSmall(path) ?? (await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
  return parseEntry(file);
}

/** The facts of an entry without its value; undefined where the file is none, or gone. */
export async function readFacts(path: string): Promise<EntryFacts | undefined> {
  const handle = await open(path).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const head = Buffer.alloc(fixedHead);
    await handle.read(head, 0, fixedHead, 0);
    if (!head.subarray(0, magic.length).equals(magic)) return undefined;
    const text = Buffer.alloc(Math.min(head.readUInt32LE(magic.length), smallBytes));
    await handle.read(text, 0, text.length, fixedHead);
    return JSON.parse(text.toString()) as EntryFacts;
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

/**
 * Writes an entry under a name of its own and renames it, so that nobody ever reads half of one. The facts are written
 * beside it as JSON, for people and for lists.
 * @throws the error of the file system; nothing of the entry stays then
 */
export async function writeEntry(path: string, facts: EntryFacts, bytes: Uint8Array): Promise<void> {
  const text = JSON.stringify(facts);
  const head = Buffer.from(text);
  const fixed = Buffer.alloc(fixedHead);
  magic.copy(fixed);
  fixed.writeUInt32LE(head.length, magic.length);
  fixed.writeUInt32LE(crc32(bytes, crc32(head)), magic.length + 4);
  const parts = [fixed, head, bytes];
  const draft = `${path}.${process.pid}-${(drafts++).toString(36)}.tmp`;
  try {
    if (bytes.length <= smallBytes) writeSmall(draft, parts);
    else await writeLarge(draft, parts);
    writeFileSync(`${path.slice(0, -entryEnding.length)}.json`, `${text}\n`);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

let drafts = 0;

/** Removes an entry and what lies beside it. */
export function removeEntry(path: string): void {
  rmSync(path, { force: true });
  rmSync(`${path.slice(0, -entryEnding.length)}.json`, { force: true });
}

function parseEntry(file: Buffer): StoredEntry {
  const isWhole = file.length >= fixedHead && file.subarray(0, magic.length).equals(magic);
  const headEnd = isWhole ? fixedHead + file.readUInt32LE(magic.length) : Infinity;
  if (headEnd > file.length) throw new CorruptEntryError("the file is cut short or is no entry");
  const head = file.subarray(fixedHead, headEnd);
  const bytes = file.subarray(headEnd);
  if (crc32(bytes, crc32(head)) !== file.readUInt32LE(magic.length + 4)) {
    throw new CorruptEntryError("its checksum differs from what it holds");
  }
  // A Buffer's own `slice` would not copy, and those who decode the value count on that.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  return { facts: JSON.parse(head.toString()) as EntryFacts, bytes: plain };
}

/** The file's bytes, or undefined where it is large. */
function readSmall(path: string): Buffer | undefined {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    if (size > smallBytes * 2) return undefined;
    // Memory of its own: what is decoded may live long, and must not keep a shared pool alive.
    const bytes = Buffer.from(new ArrayBuffer(size));
    return bytes.subarray(0, readSync(file, bytes, 0, size, 0));
  } finally {
    closeSync(file);
  }
}

function writeSmall(path: string, parts: Uint8Array[]): void {
  const file = openNew(path);
  try {
    const all = Buffer.concat(parts);
    for (let at = 0; at < all.length;) at += writeSync(file, all, at);
  } finally {
    closeSync(file);
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, "wx", 0o600);
  }
}

async function writeLarge(path: string, parts: Uint8Array[]): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const handle = await open(path, "wx", 0o600);
  try {
    for (const part of parts) await handle.writeFile(part);
  } finally {
    await handle.close();
  }
}
