import { createHash } from "node:crypto";
import { openEntry } from "../../engine/cache/entry-turn.ts";
import { planFunction } from "../../engine/cache/function-plan.ts";
import { pathBelow } from "../../engine/files/relative-path.ts";
import { storageFolder } from "../../engine/host-access.ts";
import { cellSignal } from "../cell-hooks.ts";
import { UdfSerializationError } from "../errors.ts";
import { options } from "../options.ts";
import type { CacheStore } from "../../engine/cache/cache-store.ts";
import { entryBytes, readEntryValue } from "./entry-value.ts";
import { storageFolders } from "./storage.ts";
import { functionCacheAge } from "./usual-age.ts";

/** The store of cached functions in cells and scripts: files below the cache directory. */
export const fileStore: CacheStore<string> = {
  plan: planFunction,
  key(write) {
    const hash = createHash("sha256");
    write({ write: (piece) => void hash.update(piece) });
    return hash.digest("hex");
  },
  settings: () => ({ maxAge: functionCacheAge(), verbose: options.verboseCachedFunctions }),
  async open({ key, name, source, folder, storage, ...request }) {
    const root = storageFolder(storageFolders(), storage ?? options.cacheStorage, "cache");
    const answer = await openEntry({
      ...request,
      digest: key,
      name,
      folder: pathBelow(root, folder),
      signal: cellSignal(),
      warn: (text) => console.warn(text),
    });
    if ("hit" in answer) {
      const { facts, bytes } = answer.hit;
      return { hit: { value: await readEntryValue(bytes), age: (Date.now() - facts.created) / 1000 } };
    }
    const { turn } = answer;
    const keep = async (value: unknown, seconds: number) => {
      const bytes = await entryBytes(value).catch((error: Error) => {
        throw new UdfSerializationError(`fused.cache: what ${name} gave cannot be kept: ${error.message}`, {
          cause: error,
        });
      });
      await turn.keep({ kind: "function", name, duration: seconds, extra: { source: sourceDigest(source) } }, bytes);
    };
    return { turn: { keep, release: turn.release } };
  },
};

/** Names a function's source, to find its entries by. */
export function sourceDigest(source: string): string {
  return createHash("sha256").update(source).digest("hex").slice(0, 32);
}
