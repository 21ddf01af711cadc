import type { NetworkPermission } from "../engine/run-types.ts";
import { checkCacheAge } from "./cache-age.ts";
import { readOptions } from "./option-names.ts";
import { checkEngineName } from "./run-engine.ts";

/** A place on the map, in one of five forms (fused-spec.md 4.3). */
export interface TileForms {
  x?: number;
  y?: number;
  z?: number;
  lat?: number;
  lng?: number;
  /** `[west, south, east, north]`, GeoJSON, WKT or a geo table. */
  bounds?: unknown;
  bbox?: unknown;
  /** `{ x, y, z }` or `"z/x/y"`. */
  tile?: unknown;
}

/** Names of the options that give a place. */
export const tileNames = ["x", "y", "z", "lat", "lng", "bounds", "bbox", "tile"] as const;

/** How a UDF is to be run. Parameters of the UDF are not among these: they are an object of their own. */
export interface RunOptions extends TileForms {
  /** `local`, `remote`, `realtime` or a batch size. */
  engine?: string;
  /** Older name of `engine`. */
  instanceType?: string;
  /** Forces a tile run or a file run; told from the arguments where it is absent. */
  type?: "tile" | "file";
  /** Wall time limit, seconds. 0: none. */
  timeout?: number;
  /** Memory limit, MB. */
  memory?: number;
  network?: NetworkPermission;
  /** Folders of this machine whose files the UDF may read. Default none; those of `fused.download` it may read anyway. */
  files?: string[];
  /** Ends the run when it aborts. */
  signal?: AbortSignal;
  /** Print what the UDF prints, as it does. Default: the option `verboseUdfRuns`. */
  verbose?: boolean;
  /** Further attempts after a failure that may pass. Default 0. */
  maxRetry?: number;
  /** How old a kept result may be: `"30s"`, `"10m"`, `"12h"`, `"7d"`, seconds; 0 neither reads nor keeps one. */
  cacheMaxAge?: string | number;
  /** False is the same as `cacheMaxAge: 0`. */
  cache?: boolean;
  /** More parameters of the UDF, under those of the call. */
  parameters?: Record<string, unknown>;
}

export const runOptionNames = [
  ...tileNames,
  "engine",
  "instanceType",
  "type",
  "timeout",
  "memory",
  "network",
  "files",
  "signal",
  "verbose",
  "maxRetry",
  "cacheMaxAge",
  "cache",
  "parameters",
] as const satisfies (keyof RunOptions)[];

/**
 * Reads and checks the options of a run.
 * @throws TypeError for an option that does not exist or does not take the value given; FusedError for an unknown engine
 */
export function readRunOptions(given: unknown, place = "fused.run"): RunOptions {
  const read = readOptions<RunOptions>(given, runOptionNames, place);
  return checkRunOptions(read, place);
}

/** Checks options whose names are known to be right. */
export function checkRunOptions<T extends RunOptions>(read: T, place: string): T {
  const { instanceType, ...options } = read;
  if (instanceType !== undefined) {
    if (options.engine !== undefined)
      throw new TypeError(`${place} got engine and its older name instanceType: give one.`);
    options.engine = instanceType;
  }
  if (options.engine !== undefined) checkEngineName(options.engine);
  expect(options.type, place, "type", '"tile" or "file"', (value) => value === "tile" || value === "file");
  expect(options.timeout, place, "timeout", "seconds, 0 or more", (value) => isNumberFrom(value, 0));
  expect(options.memory, place, "memory", "megabytes, 8 or more", (value) => isNumberFrom(value, 8));
  expect(options.maxRetry, place, "maxRetry", "an integer, 0 or more", isCount);
  expect(options.verbose, place, "verbose", "true or false", isBoolean);
  expect(options.cache, place, "cache", "true or false", isBoolean);
  expect(options.signal, place, "signal", "an AbortSignal", (value) => value instanceof AbortSignal);
  expect(options.parameters, place, "parameters", "an object", isObject);
  expect(
    options.network,
    place,
    "network",
    "{ enabled?: boolean, hosts?: string[], allowPrivate?: string[] }",
    isNetwork,
  );
  const isFolders = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === "string");
  expect(options.files, place, "files", "a list of folders", isFolders);
  if (options.cacheMaxAge !== undefined) checkCacheAge(options.cacheMaxAge);
  return options as T;
}

/** @throws TypeError where a value is there and does not fit */
export function expect(
  value: unknown,
  place: string,
  name: string,
  what: string,
  fits: (value: unknown) => boolean,
): void {
  if (value === undefined || fits(value)) return;
  throw new TypeError(`The option ${name} of ${place} is ${what}; what came is ${describeKind(value)}.`);
}

export const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
export const isBoolean = (value: unknown): boolean => typeof value === "boolean";
const isNumberFrom = (value: unknown, least: number) =>
  typeof value === "number" && Number.isFinite(value) && value >= least;
const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

function isNetwork(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { enabled, hosts, allowPrivate, ...rest } = value as Record<string, unknown>;
  const areHosts = (list: unknown) =>
    list === undefined || (Array.isArray(list) && list.every((host) => typeof host === "string"));
  return (
    areHosts(hosts) &&
    areHosts(allowPrivate) &&
    (enabled === undefined || isBoolean(enabled)) &&
    Object.keys(rest).length === 0
  );
}

function describeKind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object"
    ? `a ${value.constructor?.name ?? "object"}`
    : (JSON.stringify(value) ?? typeof value);
}
