import { inspect } from "node:util";
import type { HeaderModule, ParameterSchema } from "../engine/udf-frame.ts";
import type { JobPool } from "./job-pool.ts";
import type { RunOptions } from "./run-options.ts";
import { readRunOptions } from "./run-options.ts";
import { run } from "./run.ts";
import type { JsonSchema } from "./source/eval-schema.ts";
import { evalSchema } from "./source/eval-schema.ts";
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
  /** Changes what calls find under their own parameters; with `replaceParameters` nothing of the former stays. */
  setParameters(params: Record<string, unknown>, options?: { replaceParameters?: boolean }): Udf<Value>;
  /** JSON Schema of the parameters. */
  evalSchema(): JsonSchema;
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
  };
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
    evalSchema: () => evalSchema(frame.parameters, frame.name, frame.metadata["description"] as string | undefined),
    toString: () => udfText(state),
  };
  for (const [name, get] of Object.entries(facts)) Object.defineProperty(self, name, { get, configurable: true });
  const hidden = { ...methods, [inspect.custom]: () => udfText(state), [jupyterDisplay]: () => udfBundle(state) };
  for (const key of Reflect.ownKeys(hidden)) {
    Object.defineProperty(self, key, { value: hidden[key as keyof typeof hidden], configurable: true });
  }
  return self;
}

const jupyterDisplay = Symbol.for("Jupyter.display");
