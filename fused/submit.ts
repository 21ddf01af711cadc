import { availableParallelism } from "node:os";
import { cellSignal } from "./cell-hooks.ts";
import { JobPool } from "./job-pool.ts";
import type { CollectedTable } from "./job-pool-collect.ts";
import { readOptions } from "./option-names.ts";
import { options as fusedOptions, optionSource } from "./options.ts";
import type { PreparedRun } from "./run-once.ts";
import { prepareRun } from "./run-once.ts";
import type { RunOptions } from "./run-options.ts";
import { checkRunOptions, expect, isBoolean, isCount, runOptionNames, tileNames } from "./run-options.ts";
import { ageText } from "./cache-age.ts";
import { openResult, resultAge } from "./cache/run-results.ts";
import { chooseEngine, isBatch, serviceIsConfigured } from "./run-engine.ts";
import { isLost } from "./run-error.ts";
import { runPlaced } from "./run-placed.ts";
import type { RunTarget } from "./run.ts";
import { loadTarget, run, runnable } from "./run.ts";
import { listArguments } from "./submit-arguments.ts";
import type { UdfState } from "./udf-state.ts";

/** Options of a fan-out: those of each run, and these. `parameters` are constants of all runs. */
export interface MapOptions extends RunOptions {
  /** Runs at once: default the number of cores here, 32 on the service. Machines of a batch job: default 1, at most 5. */
  maxWorkers?: number;
  /** Runs at once on each machine of a batch job. Not for runs on this machine. */
  workerConcurrency?: number;
  /** Further attempts of a failed run, made only while somebody waits for the pool. Default 2. */
  maxRetry?: number;
  /** Runs the first item only, in the foreground, and gives its value. */
  debugMode?: boolean;
}

export interface SubmitOptions extends MapOptions {
  /** Default true: wait and give one table. False: give the pool at once. */
  collect?: boolean;
  /** Leave failed runs out of the table instead of throwing. */
  ignoreExceptions?: boolean;
  /** Default true: join tables. False: one row per run. */
  flatten?: boolean;
  /** `thread_pool` or `async_loop`; the engine runs both alike. */
  executionType?: "thread_pool" | "async_loop";
  /** Of batch machines; the local engine warns and goes by `maxWorkers`. */
  nProcessesPerWorker?: number;
}

const mapOptionNames = [...runOptionNames, "maxWorkers", "workerConcurrency", "debugMode"] as const;
const submitOptionNames = [
  ...mapOptionNames,
  "collect",
  "ignoreExceptions",
  "flatten",
  "executionType",
  "nProcessesPerWorker",
] as const;

const defaultRetries = 2;

/**
 * Runs a UDF over a list and gives one table of the results, or with `collect: false` the pool (fused-spec.md 9.1).
 * @param args values for the first parameter, objects of parameters, or an Arrow table with one run per row
 * @throws TypeError, UdfParameterError before anything has run
 * @throws the error of the earliest run that failed, naming the run and its arguments, unless `ignoreExceptions`
 */
export async function submit(
  udf: RunTarget,
  args: unknown,
  options?: SubmitOptions,
): Promise<CollectedTable | JobPool | unknown> {
  const read = readOptions<SubmitOptions>(options, submitOptionNames, "fused.submit");
  const { collect = true, ignoreExceptions, flatten, executionType, nProcessesPerWorker, ...rest } = read;
  expect(read.collect, "fused.submit", "collect", "true or false", isBoolean);
  expect(ignoreExceptions, "fused.submit", "ignoreExceptions", "true or false", isBoolean);
  expect(flatten, "fused.submit", "flatten", "true or false", isBoolean);
  const types = ["thread_pool", "async_loop"];
  expect(executionType, "fused.submit", "executionType", types.join(" or "), (value) =>
    types.includes(value as string),
  );
  expect(
    nProcessesPerWorker,
    "fused.submit",
    "nProcessesPerWorker",
    "an integer, 1 or more",
    (value) => isCount(value) && value !== 0,
  );
  const target = await loadTarget(udf);
  const fanOut = readFanOut(target, args, rest, "fused.submit");
  if (nProcessesPerWorker !== undefined) {
    if (isBatch(fanOut.engine)) fanOut.processes = nProcessesPerWorker;
    else console.warn("fused.submit: nProcessesPerWorker is for batch machines; other engines go by maxWorkers.");
  }
  if (rest.debugMode) return runFirst(target, fanOut);
  if (!collect) return openPool(fanOut, "submit");
  return collectOnce(fanOut, { ignoreExceptions, flatten });
}

/**
 * Runs a UDF over a list and gives the pool at once (fused-spec.md 9.2). With `debugMode` it runs the first item and
 * gives a promise of its value.
 * @throws TypeError, UdfParameterError before anything has run
 */
export function map(udf: RunTarget, args: unknown, options?: MapOptions): JobPool | Promise<unknown> {
  const place = `${runnable(udf, "map").frame.name}.map`;
  const read = readOptions<MapOptions>(options, mapOptionNames, place);
  const fanOut = readFanOut(udf, args, read, place);
  return read.debugMode ? runFirst(udf, fanOut) : openPool(fanOut, "map");
}

const mostWorkers = 1000;
/** Runs at once on the service, and machines of a batch job, where nobody says how many (fused-spec.md 9.1). */
const usualRemoteWorkers = 32;
const mostMachines = 5;

/** As many as the option `maxWorkers` says, where somebody has set it, else one for each core; on the service, 32. */
function usualWorkers(engine: string): number {
  if (isBatch(engine)) return 1;
  if (optionSource("maxWorkers") !== "default") return Math.min(fusedOptions.maxWorkers, mostWorkers);
  return engine === "local" ? availableParallelism() : usualRemoteWorkers;
}

interface FanOut {
  state: UdfState;
  args: Record<string, unknown>[];
  constants: Record<string, unknown>;
  run: RunOptions;
  engine: string;
  maxWorkers: number;
  /** Runs at once on each machine of a batch job. */
  processes?: number;
  maxRetry: number;
}

function readFanOut(udf: RunTarget, given: unknown, options: MapOptions, place: string): FanOut {
  const { maxWorkers: asked, workerConcurrency, debugMode, ...rest } = options;
  expect(debugMode, place, "debugMode", "true or false", isBoolean);
  const { maxRetry = defaultRetries, parameters, ...run } = checkRunOptions(rest, place);
  const state = runnable(udf, place);
  const engine = chooseEngine(run.engine ?? state.runDefaults.engine);
  const maxWorkers = asked ?? usualWorkers(engine);
  const most = isBatch(engine) ? mostMachines : mostWorkers;
  const isFrom1 = (value: unknown) => isCount(value) && value !== 0;
  expect(asked, place, "maxWorkers", `an integer from 1 to ${most}`, (value) => isFrom1(value) && maxWorkers <= most);
  expect(workerConcurrency, place, "workerConcurrency", "an integer, 1 or more", isFrom1);
  if (workerConcurrency !== undefined && !isBatch(engine)) {
    throw new TypeError(
      `${place}: workerConcurrency is for batch machines; with the engine ${engine} it is maxWorkers that counts.`,
    );
  }
  const constants = { ...state.runDefaults.parameters, ...parameters };
  const args = listArguments(given, state.frame.parameters, state.frame.name, place);
  const clash = Object.keys(constants).filter((name) => args.some((each) => Object.hasOwn(each, name)));
  if (clash.length > 0) {
    console.warn(
      `${place}: ${clash.join(", ")} is in the list and among the constant parameters; each run's own value counts.`,
    );
  }
  return { state, args, constants, run, engine, maxWorkers, processes: workerConcurrency, maxRetry };
}

function openPool(fanOut: FanOut, origin: "submit" | "map"): JobPool {
  const { state, args, constants, engine, maxRetry } = fanOut;
  // Machines of a batch job share the list among themselves: all of it is theirs at once.
  const maxWorkers = isBatch(engine) ? Math.max(1, args.length) : fanOut.maxWorkers;
  const processes = fusedOptions.useProcessPoolForLocalSubmit ? Math.min(maxWorkers, args.length) : undefined;
  let prepared: Promise<PreparedRun> | undefined;
  const runItem = async (item: Record<string, unknown>, signal: AbortSignal) => {
    prepared ??= prepareFor(fanOut, processes);
    const run = await prepared;
    const result = await runPlaced(run, { ...constants, ...item }, signal);
    // The host's death is not the run's fault, unless it happens again.
    const isLostOnce = result.error !== undefined && isLost(result.error) && !signal.aborted;
    return isLostOnce ? runPlaced(run, { ...constants, ...item }, signal) : result;
  };
  return new JobPool({ udf: state.frame.name, args, run: runItem, maxWorkers, maxRetry, origin });
}

async function prepareFor(
  { state, run, engine, maxWorkers, processes: nProcessesPerWorker }: FanOut,
  processes: number | undefined,
): Promise<PreparedRun> {
  const options = { verbose: false, ...run };
  if (!isBatch(engine) || !serviceIsConfigured()) return prepareRun(state, options, processes);
  const { openBatchEngine } = await import("./api/batch-engine.ts");
  const machines = openBatchEngine({ instanceType: engine, maxWorkers, nProcessesPerWorker });
  return prepareRun(state, options, undefined, machines);
}

/** The collected table, from the cache where the same was asked for before. A table that lacks failed runs is not kept. */
async function collectOnce(
  fanOut: FanOut,
  options: { ignoreExceptions?: boolean; flatten?: boolean },
): Promise<CollectedTable> {
  const { state, args, constants, run } = fanOut;
  const { frame, defaults, runDefaults } = state;
  const given = { ...runDefaults, ...run };
  const engine = chooseEngine(given.engine);
  const maxAge = engine === "local" ? resultAge(run, runDefaults, "table") : 0;
  const place = tileNames.map((name) => given[name]);
  const inputs = { args, constants, defaults, place, type: given.type, flatten: options.flatten ?? true };
  const answer = await openResult({ kind: "table", frame, engine, inputs, maxAge, signal: cellSignal() });
  if ("hit" in answer) {
    const age = ageText(answer.hit.age);
    if (fusedOptions.verboseCachedFunctions)
      console.log(`${frame.name}: cached table, ${age} old (cache: false runs again)`);
    return answer.hit.value as CollectedTable;
  }
  const started = performance.now();
  try {
    const pool = openPool(fanOut, "submit");
    const table = await pool.collect(options);
    if (pool.allSucceeded()) await answer.turn.keep({ value: table, seconds: (performance.now() - started) / 1000 });
    return table;
  } finally {
    answer.turn.release();
  }
}

async function runFirst(udf: RunTarget, { args, constants, run: options }: FanOut): Promise<unknown> {
  const [first] = args;
  return first && run(udf, { ...constants, ...first }, options);
}
