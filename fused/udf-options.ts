import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import type { HeaderModule } from "../engine/udf-frame.ts";
import { camelCase, readOptions } from "./option-names.ts";
import type { RunOptions } from "./run-options.ts";
import { checkRunOptions, expect } from "./run-options.ts";

/** A module that the UDF may import by name: a file, a file under another name, or source text. */
export type Header = string | { moduleName: string; sourceFile: string } | { moduleName: string; source: string };

/** What `fused.udf` takes beside the function (fused-spec.md 1.1). */
export interface UdfOptions {
  /** Name of the UDF; default: the function's. */
  name?: string;
  /** Age limit of kept results for every run, unless the call gives one. */
  cacheMaxAge?: string | number;
  /** Engine of every run, unless the call names one. */
  engine?: string;
  /** Older name of `engine`. */
  instanceType?: string;
  /** Disk of batch machines, GB. */
  diskSizeGb?: number;
  /** Region of batch machines. */
  region?: string;
  /** Parameter values under those of every call. */
  defaultParameters?: Record<string, unknown>;
  headers?: Header[];
  /** Folders whose files its runs may read. */
  files?: RunOptions["files"];
  /** Hosts that its runs may reach. */
  network?: RunOptions["network"];
  /** Further facts to keep with the UDF, plain JSON. */
  metadata?: Record<string, unknown>;
}

const udfOptionNames = [
  "name",
  "cacheMaxAge",
  "engine",
  "instanceType",
  "diskSizeGb",
  "region",
  "defaultParameters",
  "headers",
  "files",
  "network",
  "metadata",
] as const satisfies (keyof UdfOptions)[];

/** @throws TypeError for an option that does not exist (naming the nearest) or does not take the value given */
export function readUdfOptions(given: unknown, place = "fused.udf"): UdfOptions {
  const read = readOptions<UdfOptions>(given, udfOptionNames, place);
  const isText = (value: unknown) => typeof value === "string" && value !== "";
  const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
  expect(read.name, place, "name", "a name", isText);
  expect(read.diskSizeGb, place, "diskSizeGb", "gigabytes above 0", (value) => typeof value === "number" && value > 0);
  expect(read.region, place, "region", "a name", isText);
  expect(read.defaultParameters, place, "defaultParameters", "an object", isObject);
  expect(read.metadata, place, "metadata", "an object", isObject);
  expect(read.headers, place, "headers", "a list", Array.isArray);
  return checkRunOptions(read as object, place) as UdfOptions;
}

/**
 * Reads header modules, from their files where they name one.
 * @throws TypeError for what is no header; Error where a file cannot be read
 */
export function readHeaders(headers: Header[] = []): HeaderModule[] {
  return headers.map((header) => {
    if (typeof header === "string") return { moduleName: moduleName(header), source: readFileSync(header, "utf8") };
    const given = Object.fromEntries(
      Object.entries(header).map(([name, value]) => [camelCase(name), value as unknown]),
    );
    const { moduleName: name, sourceFile, source } = given;
    if (typeof name === "string" && typeof source === "string") return { moduleName: name, source };
    if (typeof name === "string" && typeof sourceFile === "string") {
      return { moduleName: name, source: readFileSync(sourceFile, "utf8") };
    }
    throw new TypeError("A header is the path of a module, { moduleName, sourceFile } or { moduleName, source }.");
  });
}

function moduleName(path: string): string {
  return basename(path, extname(path));
}
