import type { Writable } from "node:stream";
import { inspect } from "node:util";
import type { HeaderModule, ParameterSchema } from "../engine/udf-frame.ts";
import type { RunResponse } from "./api/run-response.ts";
import type { StartJobOptions } from "./api/start-job.ts";
import type { AccessTokenOptions, UdfAccessToken } from "./api/udf-access-token.ts";
import { cellText } from "./cell-text.ts";
import type { JobPool } from "./job-pool.ts";
import { invalidateCache } from "./cache/run-results.ts";
import type { RunOptions } from "./run-options.ts";
import { fillNextCell } from "./next-cell.ts";
import { readRunOptions } from "./run-options.ts";
import { run } from "./run.ts";
import { catalogUrl } from "./save/catalog-url.ts";
import type { SavedUdf, ToFusedOptions } from "./save/to-fused.ts";
import type { GistOptions } from "./save/to-gist.ts";
import type { JsonSchema } from "./source/eval-schema.ts";
import { evalSchema, withDefaults } from "./source/eval-schema.ts";
import type { MapOptions, SubmitOptions } from "./submit.ts";
import { map, submit } from "./submit.ts";
import { namedParameters } from "./udf-call.ts";
import type { UdfCell, UdfSource } from "./udf-define.ts";
import { stateFromCell, stateFromSource } from "./udf-define.ts";
import { udfBundle, udfText } from "./udf-display.ts";
import type { UdfOptions } from "./udf-options.ts";
import type { UdfState } from "./udf-state.ts";
import { attachState } from "./udf-state.ts";

export { setFunctionSourceProvider } from "./udf-define.ts";
export type { UdfCell, UdfSource } from "./udf-define.ts";

/**
 * A function that runs on an engine. Calling it is a run, never a plain call: `await udf({ n: 3 })`, `await udf(3)`.
 * A run's promise gives the UDF's value and rejects with the classes of `errors.ts`.
 */
export interface Udf<Value = unknown> {
  (...args: unknown[]): Promise<Value>;
  readonly name: string;
  /** Source text that travels. */
  readonly code: string;
  /** Name of the function that is called in it. */
  readonly entrypoint: string;
  /** Values that parameters have when a call does not give them, as far as they are known here. */
  readonly parameters: Record<string, unknown>;
  /** The parameters and their types. */
  readonly schema: ParameterSchema;
  readonly headers: readonly HeaderModule[];
  /** Name, slug, `udfType`, description, and whatever else is kept with the UDF; `meta` is the same object. */
  readonly metadata: Record<string, unknown>;
  readonly meta: Record<string, unknown>;
  readonly engine: string | undefined;
  readonly cacheMaxAge: string | number | undefined;
  readonly diskSizeGb: number | undefined;
  readonly region: string | undefined;
  /** The same UDF with other options for its runs: `udf.with({ engine: "local" })({ n: 4 })`. */
  with(options: RunOptions): Udf<Value>;
  run(params?: Record<string, unknown>, options?: RunOptions): Promise<Value>;
  /** Runs on this machine, whatever engine the UDF names. */
  runLocal(params?: Record<string, unknown>, options?: RunOptions): Promise<Value>;
  /** Fans out and gives the pool at once; with `debugMode` runs the first item and gives its value. */
  map(args: unknown, options: MapOptions & { debugMode: true }): Promise<Value>;
  map(args: unknown, options?: MapOptions): JobPool;
  /** `fused.submit` with this UDF. */
  submit(args: unknown, options?: SubmitOptions): Promise<unknown>;
  /** What the code is written in. A Python UDF can be looked at and saved, and does not run here yet. */
  readonly language: "typescript" | "python";
  /** Text of the README that it was loaded with. */
  readonly readme: string | undefined;
  /** Where the Fused service shows it; undefined for one that was never saved there. */
  readonly catalogUrl: string | undefined;
  /** Names of a loaded module beside the UDF. Each is an attribute of the Udf as well, unless the Udf has that name. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** The names of its header module `utils`. */
  readonly utils: Readonly<Record<string, unknown>>;
  /** Writes folder, code, `meta.json` and README; default a folder of the UDF's name here. Gives the folder's path. */
  toDirectory(where?: string, options?: { overwrite?: boolean }): Promise<string>;
  /** Writes the same files as a zip, to a path or a stream. */
  toFile(where: string | Writable, options?: { overwrite?: boolean }): Promise<string | undefined>;
  /** Saves the files as a gist of the account in GITHUB_TOKEN and gives its address. */
  toGist(options?: GistOptions): Promise<string>;
  /** Saves in the Fused service under the UDF's name; what it imports goes along. One of that name gets a new version. */
  toFused(options?: ToFusedOptions): Promise<SavedUdf>;
  /** Deletes what is saved there. Gives whether there was something. */
  deleteSaved(): Promise<boolean>;
  /** A token that lets whoever has it run this UDF, which must be saved (`toFused`). */
  createAccessToken(options?: AccessTokenOptions): Promise<UdfAccessToken>;
  getAccessTokens(): Promise<UdfAccessToken[]>;
  /** Starts a batch job of the service over a list; without one, a single run. */
  runBatch(args?: unknown, options?: StartJobOptions): Promise<RunResponse>;
  /** Older names of `runBatch`. */
  runRemote(args?: unknown, options?: StartJobOptions): Promise<RunResponse>;
  execute(args?: unknown, options?: StartJobOptions): Promise<RunResponse>;
  /** Puts the code into a new cell below. */
  render(): void;
  /** Changes what calls find under their own parameters; with `replaceParameters` nothing of the former stays. */
  setParameters(params: Record<string, unknown>, options?: { replaceParameters?: boolean }): Udf<Value>;
  /** JSON Schema of the parameters. */
  evalSchema(): JsonSchema;
  /** Forgets kept results: all of this UDF's, or those of one tile. */
  invalidateCache(tile?: { x?: number; y?: number; z?: number }): Promise<void>;
  /** Forgets all kept results of this UDF. */
  deleteCache(): Promise<void>;
}

/**
 * Makes a UDF of a function. Only its own text travels: names from around it do not exist where it runs, and imports
 * stand inside it as `await import(…)`. A string is the text of a function or of a module with one function.
 * @throws TypeError for what is neither a function nor text, and for an option that does not exist
 * @throws UdfSyntaxError where the text does not parse; UdfParameterError for a parameter type that is not supported
 */
export function udf<Value = unknown>(source: UdfSource<Value>, options?: UdfOptions): Udf<Awaited<Value>> {
  return createUdf(stateFromSource(source, options));
}

/**
 * Makes a UDF of a whole `%%udf` cell: helpers, imports and types beside the function travel with it.
 * @throws UdfSyntaxError placed in the cell; UdfParameterError; TypeError for an option that does not exist
 */
export function defineUdf(cell: UdfCell): Udf {
  return createUdf(stateFromCell(cell));
}

/** The callable object around a UDF's state. */
export function createUdf<Value>(initial: UdfState): Udf<Value> {
  const state = { ...initial };
  const { frame } = state;
  const call = async (...args: unknown[]) => run(self, namedParameters(args, frame.parameters, frame.name));
  const self = call as unknown as Udf<Value>;
  attachState(self, state);
  const literalDefaults = Object.fromEntries(
    frame.parameters.parameters.filter((each) => each.default !== undefined).map((each) => [each.name, each.default]),
  );
  const facts: { [Name in keyof Udf]?: () => unknown } = {
    name: () => frame.name,
    code: () => frame.source,
    entrypoint: () => frame.entrypoint,
    parameters: () => ({ ...literalDefaults, ...state.defaults }),
    schema: () => frame.parameters,
    headers: () => frame.headers,
    metadata: () => frame.metadata,
    meta: () => frame.metadata,
    engine: () => state.runDefaults.engine,
    cacheMaxAge: () => state.runDefaults.cacheMaxAge,
    diskSizeGb: () => state.diskSizeGb,
    region: () => state.region,
    language: () => state.language ?? "typescript",
    readme: () => state.loaded?.readme?.text,
    catalogUrl: () => catalogUrl(state),
    globals: () => ({ ...state.globals }),
    utils: () => ({ ...state.utils }),
  };
  const runBatch = async (args?: unknown, options?: StartJobOptions) =>
    (await import("./api/share-udf.ts")).runBatch(self, args, options);
  const methods: Partial<Udf<Value>> & { toString(): string } = {
    with: (options) =>
      createUdf({ ...state, runDefaults: { ...state.runDefaults, ...readRunOptions(options, `${frame.name}.with`) } }),
    run: (params, options) => run<Value>(self, params, options),
    runLocal: (params, options) => run<Value>(self, params, { ...options, engine: "local" }),
    map: ((args: unknown, options?: MapOptions) => map(self, args, options)) as Udf<Value>["map"],
    submit: (args, options) => submit(self, args, options),
    setParameters(params, { replaceParameters = false } = {}) {
      state.defaults = replaceParameters ? { ...params } : { ...state.defaults, ...params };
      return self;
    },
    toDirectory: async (where, options) => (await import("./save/to-directory.ts")).toDirectory(state, where, options),
    toFile: async (where, options) => (await import("./save/to-file.ts")).toFile(state, where, options),
    toGist: async (options) => (await import("./save/to-gist.ts")).toGist(state, options),
    toFused: async (options) => (await import("./save/to-fused.ts")).toFused(state, options),
    deleteSaved: async () => (await import("./save/to-fused.ts")).deleteSaved(state),
    createAccessToken: async (options) => (await import("./api/share-udf.ts")).createAccessToken(state, options),
    getAccessTokens: async () => (await import("./api/share-udf.ts")).getAccessTokens(state),
    runBatch,
    runRemote: runBatch,
    execute: runBatch,
    render: () => fillNextCell(cellText(state)),
    evalSchema: () =>
      evalSchema(
        withDefaults(frame.parameters, { ...state.defaults, ...state.runDefaults.parameters }),
        frame.name,
        frame.metadata["description"] as string | undefined,
      ),
    invalidateCache: (tile) => invalidateCache(self, tile),
    deleteCache: () => invalidateCache(self),
    toString: () => udfText(state),
  };
  for (const [name, get] of Object.entries(facts)) Object.defineProperty(self, name, { get, configurable: true });
  const hidden = { ...methods, [inspect.custom]: () => udfText(state), [jupyterDisplay]: () => udfBundle(state) };
  for (const key of Reflect.ownKeys(hidden)) {
    Object.defineProperty(self, key, { value: hidden[key as keyof typeof hidden], configurable: true });
  }
  for (const [name, value] of Object.entries(state.globals ?? {})) {
    // A module's own `then` would make a promise of the UDF.
    if (!(name in self) && name !== "then")
      Object.defineProperty(self, name, { value, configurable: true, enumerable: true });
  }
  return self;
}

const jupyterDisplay = Symbol.for("Jupyter.display");
