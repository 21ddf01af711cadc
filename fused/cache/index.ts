import { clearEntries, listEntries, type ListedEntry } from "../../engine/cache/entries.ts";
import { ageInSeconds } from "../cache-age.ts";
import { udfState } from "../udf-state.ts";
import { makeCache, sourceOfCached, type Cache } from "./cached-function.ts";
import { fileStore, sourceDigest } from "./file-store.ts";
import { storageFolders } from "./storage.ts";

export type { Cache, CachedFunction } from "./cached-function.ts";
export type { CacheOptions } from "./cache-options.ts";
export type { ListedEntry } from "../../engine/cache/entries.ts";

/** Which entries to clear; those that fit all that is given. */
export interface ClearOptions {
  /** A cached function, a function, or a UDF. */
  fn?: object;
  /** Name of a function or UDF. */
  name?: string;
  /** Only entries older than this: `"7d"`, seconds. */
  olderThan?: string | number;
  /** Only results of UDFs, or only values of cached functions. */
  kind?: "udf" | "function";
}

/** Folders that may hold entries now: those of every storage there is. */
function cacheFolders(): string[] {
  return [...new Set(Object.values(storageFolders()).map(({ cache }) => cache))];
}

/** All entries of the cache, newest first. */
async function list(): Promise<ListedEntry[]> {
  const found = await Promise.all(cacheFolders().map((folder) => listEntries(folder)));
  return found.flat().sort((a, b) => b.created - a.created);
}

/** Removes entries and says how many and how many bytes they held. */
async function clear(options: ClearOptions = {}): Promise<{ count: number; bytes: number }> {
  const { fn, name, olderThan, kind } = options;
  const before = olderThan === undefined ? Infinity : Date.now() - ageInSeconds(olderThan) * 1000;
  const state = udfState(fn);
  const source = fn && !state ? sourceDigest(sourceOfCached(fn)) : undefined;
  const fits = (entry: ListedEntry) =>
    entry.created <= before &&
    (name === undefined || entry.name === name) &&
    (kind === undefined || (entry.kind === "function") === (kind === "function")) &&
    (source === undefined || entry.extra?.["source"] === source) &&
    (!state || (entry.kind !== "function" && entry.name === state.frame.name));
  const cleared = await Promise.all(cacheFolders().map((folder) => clearEntries(folder, fits)));
  return {
    count: cleared.reduce((sum, { count }) => sum + count, 0),
    bytes: cleared.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** `fused.cache` with what can be done to the whole cache. */
export const cache: Cache & { list: typeof list; clear: typeof clear } = Object.assign(makeCache(fileStore), {
  list,
  clear,
});
