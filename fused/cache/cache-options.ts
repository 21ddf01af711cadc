import type { StorageName } from "../../engine/host-access.ts";
import { ageInSeconds } from "../cache-age.ts";
import { camelCase, readOptions } from "../option-names.ts";

/** How calls of a function are kept (fused-spec.md 10.1). */
export interface CacheOptions {
  /** Oldest value that is still good: `"30s"`, `"10m"`, `"24h"`, `"7d"`, seconds; 0 neither reads nor keeps. Default 12 h. */
  cacheMaxAge?: string | number;
  /** Folder below the cache directory. Default `tmp`. */
  cacheFolderPath?: string;
  /** How long to wait while another call computes the same, seconds; then it is computed here too. Default 120. */
  concurrentLockTimeout?: number;
  /** True: compute anew and overwrite. */
  cacheReset?: boolean;
  cacheStorage?: StorageName;
  /** Names of arguments that make no difference: connections, loggers. `this` for the object of a method. */
  cacheKeyExclude?: string[];
  /** Say when a kept value is used. Default: the option `verboseCachedFunctions`. */
  cacheVerbose?: boolean;
  /** Part of the key: another version is another value. For what the source does not show, such as the code it calls. */
  cacheVersion?: string | number;
}

const cacheOptionNames = [
  "cacheMaxAge",
  "cacheFolderPath",
  "concurrentLockTimeout",
  "cacheReset",
  "cacheStorage",
  "cacheKeyExclude",
  "cacheVerbose",
  "cacheVersion",
] as const satisfies (keyof CacheOptions)[];

const olderNames: Record<string, keyof CacheOptions> = {
  path: "cacheFolderPath",
  reset: "cacheReset",
  storage: "cacheStorage",
  ttl: "cacheMaxAge",
};

/**
 * Reads and checks cache options; older names (`path`, `reset`, `storage`, `ttl`) are understood.
 * @throws TypeError for an option that does not exist or does not take the value given
 */
export function readCacheOptions(given: unknown): CacheOptions {
  const renamed =
    typeof given === "object" && given !== null && !Array.isArray(given)
      ? Object.fromEntries(Object.entries(given).map(([name, value]) => [olderNames[name] ?? name, value as unknown]))
      : given;
  const read = readOptions<CacheOptions>(renamed, cacheOptionNames, "fused.cache");
  if (read.cacheMaxAge !== undefined) ageInSeconds(read.cacheMaxAge);
  check(
    read,
    "cacheFolderPath",
    "a folder below the cache directory",
    (value) => typeof value === "string" && value !== "",
  );
  check(read, "concurrentLockTimeout", "seconds, 0 or more", (value) => typeof value === "number" && value >= 0);
  check(read, "cacheReset", "true or false", (value) => typeof value === "boolean");
  check(read, "cacheVerbose", "true or false", (value) => typeof value === "boolean");
  const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === "string");
  check(read, "cacheKeyExclude", "a list of argument names", isNames);
  check(read, "cacheStorage", "auto, mount, local or object", (value) =>
    ["auto", "mount", "local", "object"].includes(String(value)),
  );
  check(read, "cacheVersion", "text or a number", (value) => typeof value === "string" || typeof value === "number");
  return read;
}

/** Whether a value is an object of cache options and nothing else, as a call may end with. */
export function isCacheOptions(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => (cacheOptionNames as readonly string[]).includes(camelCase(name)));
}

function check(read: CacheOptions, name: keyof CacheOptions, what: string, fits: (value: unknown) => boolean): void {
  const value = read[name];
  if (value === undefined || fits(value)) return;
  throw new TypeError(
    `The option ${name} of fused.cache is ${what}; what came is ${JSON.stringify(value) ?? typeof value}.`,
  );
}
