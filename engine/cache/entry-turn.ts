import { join } from "node:path";
import {
  CorruptEntryError,
  entryEnding,
  readEntry,
  writeEntry,
  type EntryFacts,
  type StoredEntry,
} from "./entry-file.ts";
import { LockTimeoutError, takeLock, type Lock } from "./lock.ts";

/** What somebody wants from the cache. */
export interface EntryRequest {
  /** Folder of the entry, absolute. */
  folder: string;
  /** Hex digest that names the entry. */
  digest: string;
  /** Oldest age that is still good, seconds. */
  maxAge: number;
  /** Compute anew, whatever there is. */
  reset?: boolean;
  /** How long to wait while somebody else computes the same, seconds. */
  lockTimeout: number;
  /** Name of the function or UDF, for warnings. */
  name: string;
  signal?: AbortSignal;
  warn(text: string): void;
}

/** Either a kept value, or the turn to compute it. */
export type EntryAnswer = { hit: StoredEntry } | { turn: EntryTurn };

/** The right to compute an entry. While it is held, others who want the entry wait. */
export interface EntryTurn {
  /** Keeps a value and ends the turn. A value that cannot be written is a warning, no error. */
  keep(facts: Omit<EntryFacts, "created" | "digest" | "size">, bytes: Uint8Array): Promise<void>;
  /** Ends the turn without a value: the next in line computes. */
  release(): void;
}

/** An entry that says it is from later than this, milliseconds ahead, was written before the clock was set back. */
const clockSlack = 60_000;
/** Folders that cannot be written, which is said once. */
const unwritable = new Set<string>();

/** Gives the value that is kept, or one caller at a time the turn to compute it. */
export async function openEntry(request: EntryRequest): Promise<EntryAnswer> {
  const { folder, digest, name, warn, signal } = request;
  const path = join(folder, digest + entryEnding);
  const early = request.reset ? undefined : await readGood(path, request);
  if (early) return { hit: early };
  let lock: Lock | undefined;
  try {
    lock = await takeLock(`${path.slice(0, -entryEnding.length)}.lock`, {
      timeout: request.lockTimeout * 1000,
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (!(error instanceof LockTimeoutError)) {
      warnUnwritable(folder, error as Error, warn);
      return { turn: { keep: async () => {}, release: () => {} } };
    }
    if (request.lockTimeout > 0) {
      const who = error.owner ? `process ${error.owner.pid} on ${error.owner.host}` : "another process";
      warn(`${name}: ${who} has computed the same for over ${request.lockTimeout} s; it is computed here too.`);
    }
  }
  const late = request.reset ? undefined : await readGood(path, request);
  if (late) {
    lock?.release();
    return { hit: late };
  }
  return { turn: turnOf(path, request, lock) };
}

function turnOf(path: string, { folder, digest, name, warn }: EntryRequest, lock: Lock | undefined): EntryTurn {
  return {
    async keep(facts, bytes) {
      try {
        await writeEntry(path, { ...facts, created: Date.now(), digest, size: bytes.length }, bytes);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOSPC" || code === "EDQUOT")
          warn(`${name}: the value is not kept: no space is left at ${folder}.`);
        else warnUnwritable(folder, error as Error, warn);
      } finally {
        lock?.release();
      }
    },
    release: () => lock?.release(),
  };
}

async function readGood(path: string, { maxAge, name, warn }: EntryRequest): Promise<StoredEntry | undefined> {
  try {
    const entry = await readEntry(path);
    if (!entry) return undefined;
    const age = Date.now() - entry.facts.created;
    return age <= maxAge * 1000 && age >= -clockSlack ? entry : undefined;
  } catch (error) {
    const why = error instanceof CorruptEntryError ? "is damaged" : "cannot be read";
    warn(`${name}: the kept value ${why} (${(error as Error).message}); it is computed anew.`);
    return undefined;
  }
}

function warnUnwritable(folder: string, error: Error, warn: (text: string) => void): void {
  if (unwritable.has(folder)) return;
  unwritable.add(folder);
  warn(
    `Nothing is kept in the cache at ${folder}: ${error.message}. Set the option cacheDirectory to a folder that can be written.`,
  );
}
