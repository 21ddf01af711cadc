import { doForCell } from "./cell-hooks.ts";
import { UdfLoadError, UdfRuntimeError } from "./errors.ts";
import { readRunOptions } from "./run-options.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunResult } from "./run-result.ts";
import { prepareRun } from "./run-once.ts";
import { runPlaced } from "./run-placed.ts";
import { sharedTokenText, type RevealedToken } from "./shared-token.ts";
import { stateFromSource } from "./udf-define.ts";
import type { UdfState } from "./udf-state.ts";
import { udfState } from "./udf-state.ts";

/** What can be run: a Udf, a plain function or its text, which become one, a shared token, or what `fused.load` takes. */
export type RunTarget = ((...args: never[]) => unknown) | string | RevealedToken;

/**
 * Runs a UDF and gives its value (fused-spec.md 8). A place on the map, in one of the forms of `TileForms`, makes it a
 * tile run: the parameter that takes an area is filled with it. The place stands in `options`, or in `params` where
 * the UDF itself has no parameters of these names.
 * @param params values by parameter name; text is read as the parameter's type has it
 * @throws UdfParameterError, UdfRuntimeError, UdfTimeoutError, UdfSerializationError and the other classes of `errors.ts`
 * @throws TypeError for a `udf` that is none, and for an option that does not exist
 */
export async function run<Value = unknown>(
  udf: RunTarget,
  params?: Record<string, unknown>,
  options?: RunOptions,
): Promise<Value> {
  const result = await response(udf, params, options);
  if (result.error) throw result.error;
  return result.data as Value;
}

/**
 * The long form of `run`: value, logs, times and error together. It rejects only for what went wrong before the run.
 */
async function response(udf: RunTarget, params?: Record<string, unknown>, options?: RunOptions): Promise<RunResult> {
  refuseSecondWay(options);
  const read = readRunOptions(options);
  const token = sharedTokenText(udf);
  if (token !== undefined && read.engine !== "local") {
    const { runSharedUdf } = await import("./api/run-shared.ts");
    return runSharedUdf(token, checkParams(params), read);
  }
  const state = runnable(await loadTarget(udf), "fused.run");
  const given = { ...state.runDefaults.parameters, ...read.parameters, ...checkParams(params) };
  return doForCell(async (signal) => runPlaced(await prepareRun(state, read), given, signal));
}

run.response = response;

const read = new WeakMap<object, UdfState>();

/**
 * The UDF that `target` is or becomes.
 * @throws TypeError, UdfLoadError for what cannot be run
 */
export function runnable(target: unknown, place: string): UdfState {
  const known = udfState(target) ?? (typeof target === "function" ? read.get(target) : undefined);
  if (known) return refusePython(known);
  if (typeof target === "function") {
    const state = stateFromSource(target);
    read.set(target, state);
    return state;
  }
  if (typeof target === "string") {
    if (isCode(target)) return stateFromSource(target);
    throw new UdfLoadError(`${place} takes a UDF: load it first, await fused.load(${JSON.stringify(target)}).`);
  }
  const came = target === undefined ? "nothing" : target === null ? "null" : `a value of type ${typeof target}`;
  throw new TypeError(`${place} takes exactly one UDF, as its first argument: a UDF or a function; ${came} came.`);
}

/** What can be run, loaded first where a path or an address names it. @throws as `fused.load` does */
export async function loadTarget(target: RunTarget): Promise<RunTarget> {
  const text = sharedTokenText(target) ?? target;
  if (typeof text !== "string" || isCode(text)) return target;
  const { load } = await import("./load/load.ts");
  return load(text, { importGlobals: false });
}

const isCode = (text: string): boolean => /[\n;]|=>|\bfunction\b/.test(text);

/** @throws UdfRuntimeError for a UDF in another language than this engine's */
function refusePython(state: UdfState): UdfState {
  if (state.language !== "python") return state;
  const { name } = state.frame;
  throw new UdfRuntimeError(
    `${name} is a Python UDF, and this version of fused-kernel does not run Python yet: it loads such UDFs with code, ` +
      "parameters and README, shows them and saves them. A later version will run them in a Python interpreter. Until then " +
      `run it in Python, or write it in TypeScript: ${name}.render() puts its code into the next cell.`,
    { udfName: name },
  );
}

/** Python's keywords that name the UDF in another way. */
const otherWays = ["udf", "udf_email", "udfEmail", "udf_name", "udfName", "token", "job_step", "jobStep"];

function refuseSecondWay(options: unknown): void {
  const second = otherWays.find((name) => typeof options === "object" && options !== null && name in options);
  if (second === undefined) return;
  throw new TypeError(
    `fused.run takes exactly one UDF: one came as the first argument and another as the option ${second}.`,
  );
}

function checkParams(params: unknown): Record<string, unknown> {
  if (params === undefined || params === null) return {};
  if (typeof params === "object" && !Array.isArray(params)) return params as Record<string, unknown>;
  throw new TypeError(
    `Parameters are an object of values by name, { n: 3 }; what came is ${Array.isArray(params) ? "an array" : typeof params}.`,
  );
}
