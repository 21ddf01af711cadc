import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { Engine, LogLine, RunOutcome, RunRequest } from "../engine/run-types.ts";
import type { UdfFrame } from "../engine/udf-frame.ts";
import type { EncodedValue } from "../engine/values/encoded-value.ts";
import { ageText } from "./cache-age.ts";
import type { KeptResult } from "./cache/run-results.ts";
import { openResult, resultAge } from "./cache/run-results.ts";
import { coerceParameters } from "./coerce.ts";
import { debugLine } from "./debug-line.ts";
import { importPlace } from "./imports/module-folder.ts";
import { withImports } from "./imports/with-imports.ts";
import { hostAccess } from "./host-access.ts";
import { options as fusedOptions } from "./options.ts";
import { parametersText } from "./parameter-text.ts";
import { chooseEngine, localProcesses, openEngine } from "./run-engine.ts";
import { errorFromOutcome, isRetryable } from "./run-error.ts";
import { logText, openRunLog } from "./run-logs.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunResult } from "./run-result.ts";
import type { UdfState } from "./udf-state.ts";
import { frameBytes } from "./udf-state.ts";

/** A UDF with everything about its runs that does not depend on the parameters. */
export interface PreparedRun {
  frame: UdfFrame;
  engine: Engine;
  engineName: string;
  /** Oldest kept result that is good instead of a run, seconds; 0: none. */
  cacheAge: number;
  request: Omit<RunRequest, "parameters">;
  options: RunOptions;
  /** Parameter values under those of the call. */
  defaults: Record<string, unknown>;
}

/**
 * Chooses the engine of a UDF's runs and makes the part of the request that all of them share.
 * @param processes how many processes local runs are spread over; undefined: they go to the one engine host
 * @param chosen engine of another machine that takes the runs
 * @throws AuthError, FusedError where the engine cannot be had
 */
export async function prepareRun(
  state: UdfState,
  callOptions: RunOptions,
  processes?: number,
  chosen?: Engine,
): Promise<PreparedRun> {
  const { frame: ownFrame, runDefaults, defaults } = state;
  const options = { ...runDefaults, ...callOptions };
  const engineName = chosen ? "remote" : chooseEngine(options.engine);
  const isSpread = engineName === "local" && processes !== undefined;
  const engine = chosen ?? (await (isSpread ? localProcesses(processes) : openEngine(engineName)));
  const cacheAge = engineName === "local" ? resultAge(callOptions, runDefaults, "run") : 0;
  const namesAge = [options.cacheMaxAge, options.cache].some((each) => each !== undefined);
  const timeout = options.timeout ?? fusedOptions.runTimeout ?? undefined;
  const limits = {
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    ...(options.memory !== undefined && { memoryMb: options.memory }),
    recursion: fusedOptions.maxRecursionFactor,
  };
  const place = importPlace(state);
  const frame = await withImports(ownFrame, place);
  if (fusedOptions.defaultValidateImports) await (await import("./run-imports.ts")).validateImports(ownFrame, place);
  const request = {
    frame: await frameBytes(frame),
    limits,
    network: options.network,
    depth: 0,
    // What is of this machine, secrets above all, stays here.
    ...(engineName === "local"
      ? { access: { ...hostAccess(), ...(options.files && { readable: options.files.map((path) => resolve(path)) }) } }
      : namesAge && { cacheMaxAge: resultAge(callOptions, runDefaults, "run") }),
  };
  return { frame, engine, engineName, cacheAge, options, request, defaults };
}

/**
 * Runs a UDF once (and again where `maxRetry` allows), or takes a kept result that is not too old. What goes wrong on
 * the engine comes back as the result's `error`; a parameter that does not fit throws.
 * @param given parameter values as the caller wrote them
 */
export async function runOnce(
  prepared: PreparedRun,
  given: Record<string, unknown>,
  callSignal?: AbortSignal,
): Promise<RunResult> {
  const { frame, options, engineName: engine, cacheAge: maxAge } = prepared;
  const parameters = coerceParameters(frame.parameters, given, { udfName: frame.name });
  const signals = [callSignal, options.signal].filter((each) => each !== undefined);
  const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
  const answer = await openResult({ kind: "udf", frame, engine, inputs: parameters, maxAge, signal });
  if ("hit" in answer) return fromCache(prepared, answer.hit);
  try {
    let result = await attempt(prepared, parameters, signal);
    for (let left = options.maxRetry ?? 0; left > 0 && result.error && isRetryable(result.error); left--) {
      const { logs, stdout, stderr } = result;
      const again = await attempt(prepared, parameters, signal);
      result = {
        ...again,
        logs: [...logs, ...again.logs],
        stdout: stdout + again.stdout,
        stderr: stderr + again.stderr,
      };
    }
    const { encoded, ...facts } = result;
    // A small value is written before this goes on; a large one goes on while it is written.
    if (!result.error) void answer.turn.keep({ encoded, value: facts.data, logs: facts.logs, seconds: facts.time });
    else answer.turn.release();
    return facts;
  } catch (error) {
    answer.turn.release();
    throw error;
  }
}

function fromCache({ frame, options }: PreparedRun, { value, age, bytes, logs }: KeptResult): RunResult {
  const isVerbose = options.verbose ?? fusedOptions.verboseUdfRuns;
  const log = isVerbose ? openRunLog(frame.name) : undefined;
  for (const line of logs) log?.write(line);
  log?.close();
  if (isVerbose && fusedOptions.verboseCachedFunctions) console.log(`${frame.name}: cached, ${ageText(age)} old`);
  const printed = { logs, stdout: logText(logs, "stdout"), stderr: logText(logs, "stderr") };
  return { data: value, ...printed, time: 0, bytes, cacheHit: true, requestId: randomUUID() };
}

async function attempt(
  { frame, engine, request, options }: PreparedRun,
  parameters: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<RunResult & { encoded?: EncodedValue }> {
  const started = performance.now();
  const requestId = randomUUID();
  const log = (options.verbose ?? fusedOptions.verboseUdfRuns) ? openRunLog(frame.name) : undefined;
  let outcome: RunOutcome;
  try {
    outcome = await engine.run(
      { ...request, parameters },
      {
        signal,
        onLog: log && ((line: LogLine) => log.write(line)),
      },
    );
  } finally {
    log?.close();
  }
  const { logs } = outcome;
  const printed = { logs, stdout: logText(logs, "stdout"), stderr: logText(logs, "stderr") };
  const time = (performance.now() - started) / 1000;
  const { status } = outcome;
  debugLine(() => `${requestId} ${frame.name} ${parametersText(parameters)} ${status} after ${time.toFixed(3)} s`);
  const facts = { ...printed, time, times: outcome.times, cacheHit: false, requestId };
  if (outcome.status === "ok") {
    const { age } = outcome;
    if (age !== undefined && log && fusedOptions.verboseCachedFunctions) {
      console.log(`${frame.name}: cached, ${ageText(age)} old`);
    }
    facts.cacheHit = age !== undefined;
    return { data: outcome.value, bytes: outcome.bytes, encoded: outcome.encoded, ...facts };
  }
  const { stdout, stderr } = printed;
  const error = errorFromOutcome(outcome.error, { frame, parameters, stdout, stderr, requestId });
  return { data: undefined, error, bytes: 0, ...facts };
}
