import { doForCell } from "../cell-hooks.ts";
import { UdfLoadError } from "../errors.ts";
import { readOptions } from "../option-names.ts";
import { options } from "../options.ts";
import { expect, isBoolean } from "../run-options.ts";
import { sharedTokenText, type RevealedToken } from "../shared-token.ts";
import type { Udf } from "../udf.ts";
import { createUdf } from "../udf.ts";
import type { UdfState } from "../udf-state.ts";
import { udfState } from "../udf-state.ts";
import { importGlobals } from "./import-globals.ts";
import { findSource } from "./load-source.ts";
import { stateFromParts } from "./state-from-parts.ts";

export interface LoadOptions {
  /** A source is read once a process; another key reads it again, past the copies on disk too. */
  cacheKey?: unknown;
  /** Evaluate the module on the engine, so that its other names are attributes of the UDF. Default true. */
  importGlobals?: boolean;
  /** The function to take, of a file that has several UDFs. */
  entrypoint?: string;
}

const optionNames = ["cacheKey", "importGlobals", "entrypoint"] as const satisfies (keyof LoadOptions)[];

const loads = new Map<string, Promise<UdfState>>();

/**
 * Loads a UDF (fused-spec.md 6): from a folder, code file, zip or `meta.json` of this machine, from GitHub (`tree`,
 * `blob`, raw, pull request) or a gist, from the catalogue's `UDF_Name`, from its code; and from the service by name,
 * `email/name`, id, shared token or a file there (`fd://`), which alone needs a log-in.
 * Nothing of a loaded UDF is ever evaluated in this process.
 *
 * A source is read once a process: name another `cacheKey` to read it again. What GitHub has under a commit is kept on
 * disk for good, what a branch has for a minute.
 * @throws UdfLoadError saying what is missing or wrong, and where; AuthError for what needs a log-in; TypeError
 */
export async function load<Names extends object = object>(
  from: string | Udf | RevealedToken,
  given?: LoadOptions,
): Promise<Udf & Names> {
  const source = sharedTokenText(from) ?? from;
  const read = readOptions<LoadOptions>(given, optionNames, "fused.load");
  expect(read.importGlobals, "fused.load", "importGlobals", "true or false", isBoolean);
  expect(read.entrypoint, "fused.load", "entrypoint", "the name of a function", (value) => typeof value === "string");
  if (udfState(source)) return source as unknown as Udf & Names;
  if (typeof source !== "string") {
    throw new TypeError(
      `fused.load takes a path, an address, code or a UDF; what came is ${source === null ? "null" : typeof source}.`,
    );
  }
  const state = await doForCell((signal) => loadState(source, read, signal));
  return createUdf({
    ...state,
    frame: { ...state.frame, metadata: structuredClone(state.frame.metadata) },
  }) as unknown as Udf & Names;
}

async function loadState(
  text: string,
  { cacheKey, entrypoint, importGlobals: withGlobals = true }: LoadOptions,
  signal?: AbortSignal,
): Promise<UdfState> {
  const source = findSource(text);
  const takesGlobals = withGlobals && !options.neverImport;
  const key = JSON.stringify([source.identity, describeKey(cacheKey), entrypoint, takesGlobals]);
  const known = source.isFresh ? undefined : loads.get(key);
  if (known) return known;
  const loading = read();
  loads.set(key, loading);
  loading.catch(() => loads.delete(key));
  return loading;

  async function read(): Promise<UdfState> {
    const parts = await source.read(cacheKey !== undefined);
    const read = stateFromParts(parts, parts.isPinned, entrypoint ?? parts.entrypoint);
    const state = parts.finish ? parts.finish(read) : read;
    return takesGlobals && state.language === "typescript" ? withNames(state, signal) : state;
  }
}

async function withNames(state: UdfState, signal?: AbortSignal): Promise<UdfState> {
  const { frame } = state;
  if (frame.carrier === "inline") return state;
  const utils = frame.headers.find(({ moduleName }) => moduleName === "utils");
  const globals = await importGlobals(frame, [frame.entrypoint], signal);
  if (!utils) return { ...state, globals };
  const origin = { name: "utils", firstLine: 1 };
  const header = { ...frame, name: "utils", source: utils.source, origin };
  return { ...state, globals, utils: await importGlobals(header, [], signal) };
}

function describeKey(cacheKey: unknown): unknown {
  try {
    return typeof cacheKey === "bigint" || typeof cacheKey === "symbol"
      ? String(cacheKey)
      : JSON.parse(JSON.stringify(cacheKey ?? null));
  } catch (error) {
    throw new UdfLoadError(`cacheKey must be text, a number or another plain value: ${(error as Error).message}.`);
  }
}
