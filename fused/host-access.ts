import type { HostAccess } from "../engine/host-access.ts";
import { storageFolders } from "./cache/storage.ts";
import { functionCacheAge } from "./cache/usual-age.ts";
import { options } from "./options.ts";
import { secretValues } from "./secrets.ts";

/** What the host functions of runs on this machine, and the SDK's own, may work with: the options as they are now. */
export function hostAccess(headers: Record<string, string> = {}): HostAccess {
  return {
    folders: storageFolders(),
    secrets: secretValues(),
    cache: {
      maxAge: functionCacheAge(),
      verbose: options.verboseCachedFunctions,
      storage: options.cacheStorage,
    },
    rowGroupBatchSize: options.rowGroupBatchSize,
    fdPrefix: options.fdPrefix,
    context: {
      headers,
      recursionFactor: options.maxRecursionFactor,
      realtimeClientId: options.realtimeClientId,
      userEmail: null,
      place: "local",
    },
  };
}
