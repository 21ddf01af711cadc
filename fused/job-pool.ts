import { inspect } from "node:util";
import { PoolCancelledError, UdfTimeoutError } from "./errors.ts";
import type { CollectedTable, CollectOptions } from "./job-pool-collect.ts";
import { collectRuns } from "./job-pool-collect.ts";
import { displaySink } from "./display-sink.ts";
import type { DisplayPlace, PoolProgress } from "./job-pool-display.ts";
import { drawPool, showProgress, summarize } from "./job-pool-display.ts";
import type { LogColumns, PoolRow } from "./job-pool-tables.ts";
import { argumentRow, logRow } from "./job-pool-tables.ts";
import type { PoolTask, RunTask, TaskStatus } from "./job-pool-tasks.ts";
import { TaskScheduler } from "./job-pool-tasks.ts";
import { options } from "./options.ts";
import { parametersText } from "./parameter-text.ts";
import { errorHeadline, poolRunError } from "./run-error.ts";
import { logText } from "./run-logs.ts";

/** What a pool is made of. */
export interface PoolPlan {
  /** Name of the UDF. */
  udf: string;
  /** Arguments of each run, by parameter name. */
  args: Record<string, unknown>[];
  run: RunTask;
  maxWorkers: number;
  maxRetry: number;
  /** `df()` of a pool from `submit` is the table of its tasks, of a pool from `map` the collected results. */
  origin: "submit" | "map";
}

/** One run of a pool that has ended. */
export interface PoolItem {
  index: number;
  args: Record<string, unknown>;
  status: TaskStatus;
  value?: unknown;
  error?: Error;
}

export interface WaitOptions {
  /** Longest wait, seconds. Default: none. */
  timeout?: number;
  /** Default true: show the pool's progress while waiting, if the option `show.enableTqdm` is on. */
  progress?: boolean;
}

/**
 * Many runs of one UDF (fused-spec.md section 9). Runs start at once, in the order of their arguments, and go on
 * whether or not anybody waits. All times are in seconds; all maps have positions in the argument list as keys.
 * A pool is no promise: `await pool.collect()`.
 */
export class JobPool implements AsyncIterable<PoolItem> {
  /** Least time between two updates of the progress display, seconds. */
  waitSleep = 0.1;
  readonly #plan: PoolPlan;
  readonly #scheduler: TaskScheduler;
  #showsProgress = false;

  constructor(plan: PoolPlan) {
    this.#plan = plan;
    this.#scheduler = new TaskScheduler(plan);
  }

  /** Number of runs. */
  get length(): number {
    return this.#scheduler.tasks.length;
  }

  /** Waits until every run has ended. Meanwhile failed runs get their further attempts (`maxRetry`). */
  async wait({ timeout, progress = true }: WaitOptions = {}): Promise<this> {
    if (progress) this.showProgress();
    await this.#waitUntil(() => this.done(), timeout);
    return this;
  }

  /**
   * Waits like `wait`, printing each change of a run's state.
   * @throws UdfTimeoutError after `timeout` seconds, once the errors so far and the arguments of every run that has
   *   not succeeded have been printed, ready to be given to another pool
   * @throws the first error to occur, with `stopOnException`
   */
  async tail(
    options: { stopOnException?: boolean; timeout?: number; print?: (text: string) => void } = {},
  ): Promise<void> {
    const { stopOnException = false, timeout, print = console.log } = options;
    let failed = this.#scheduler.tasks.find((task) => hasEnded(task) && task.error);
    const stop = this.#scheduler.onChange((task) => {
      const time = taskTime(task);
      const why = hasEnded(task) && task.error ? `: ${errorHeadline(task.error)}` : "";
      const took = time === undefined ? "" : ` after ${time.toFixed(2)} s`;
      print(`run ${task.index} ${parametersText(task.args)} ${task.status}${took}${why}`);
      if (why) failed ??= task;
    });
    try {
      await this.#waitUntil(() => this.done() || (stopOnException && failed !== undefined), timeout);
    } catch (error) {
      if (error instanceof UdfTimeoutError) {
        for (const [index, each] of this.errors()) print(`run ${index}: ${errorHeadline(each)}`);
        const open = this.#scheduler.tasks.filter((task) => task.status !== "success").map((task) => task.args);
        print(`Not succeeded: [${open.map((args) => parametersText(args, Infinity)).join(", ")}]`);
      }
      throw error;
    } finally {
      stop();
    }
    if (stopOnException && failed) throw this.#failure(failed);
  }

  /** Cancels runs that have not started; running ones finish. The pool cannot be retried afterwards. */
  async cancel({ wait = false } = {}): Promise<void> {
    this.#scheduler.cancel();
    if (wait) await this.wait({ progress: false });
  }

  /** Cancels what has not started and ends what runs. */
  async shutdown({ wait = false } = {}): Promise<void> {
    this.#scheduler.abort();
    if (wait) await this.wait({ progress: false });
  }

  /**
   * Starts runs that failed or timed out again, in this pool.
   * @throws PoolCancelledError where the pool was cancelled
   */
  retry(): void {
    this.#scheduler.retry();
  }

  /** True when every run has ended, well or not. */
  done(): boolean {
    return this.#scheduler.done;
  }

  allSucceeded(): boolean {
    return this.#scheduler.counts.success === this.length;
  }

  anySucceeded(): boolean {
    return this.#scheduler.counts.success > 0;
  }

  anyFailed(): boolean {
    return this.#scheduler.counts.error + this.#scheduler.counts.timeout > 0;
  }

  /** Number of runs in each state. */
  status(): Record<TaskStatus, number> {
    return { ...this.#scheduler.counts };
  }

  /** From the start (or the last retry) to the last end so far. */
  totalTime({ sinceRetry = false } = {}): number {
    const start = (sinceRetry ? this.#scheduler.retriedAt : undefined) ?? this.#scheduler.startedAt;
    const ends = this.#scheduler.tasks.map((task) => (task.status === "running" ? undefined : task.endedAt) ?? start);
    return (ends.reduce((last, end) => Math.max(last, end), start) - start) / 1000;
  }

  /** How long each run took; undefined for those that have not ended. */
  times(): (number | undefined)[] {
    return this.#scheduler.tasks.map(taskTime);
  }

  /** What each run printed; undefined for those that have not ended. */
  logs(): (string | undefined)[] {
    return this.#scheduler.tasks.map((task) => (hasEnded(task) ? logText(task.logs) : undefined));
  }

  firstLog(): string | undefined {
    return this.logs().find((log) => log !== undefined);
  }

  /** Errors so far. */
  errors(): Map<number, Error> {
    return this.#byState(["error", "timeout"], (task) => task.error!);
  }

  /** The error of the earliest argument, if any run has failed. */
  firstError(): Error | undefined {
    return this.errors().values().next().value;
  }

  /** Values so far. */
  success(): Map<number, unknown> {
    return this.#byState(["success"], (task) => task.value);
  }

  /** Arguments of runs that have not started. */
  pending(): Map<number, Record<string, unknown>> {
    return this.#byState(["pending"], (task) => task.args);
  }

  /** Runs that have started and not ended. */
  running(): Map<number, Readonly<PoolTask>> {
    return this.#byState(["running"], (task) => ({ ...task }));
  }

  /** Arguments of runs that were cancelled. */
  cancelled(): Map<number, Record<string, unknown>> {
    return this.#byState(["cancelled"], (task) => task.args);
  }

  /**
   * Waits, then gives the values in the order of the arguments.
   * @throws the error of the earliest argument that failed, unless `returnExceptions` puts errors in their places
   */
  async results({ returnExceptions = false } = {}): Promise<unknown[]> {
    await this.wait();
    return this.#outcomes(this.#scheduler.tasks, returnExceptions);
  }

  /** Values (and with `returnExceptions` errors) so far. */
  resultsNow({ returnExceptions = false } = {}): Map<number, unknown> {
    const states: TaskStatus[] = ["success", "error", "timeout"];
    return this.#byState(states, (task) => this.#outcome(task, returnExceptions));
  }

  /** The arguments, one row per run. */
  argDf(): PoolRow[] {
    return this.#scheduler.tasks.map(argumentRow);
  }

  /** Arguments, `status` and `time` of each run, as they are now. */
  getStatusDf(): PoolRow[] {
    return this.#scheduler.tasks.map((task) => logRow(task, { resultColumn: null, logsColumn: null }));
  }

  /** Waits, then gives arguments and `result` of each run; failed ones throw, or with `ignoreExceptions` are left out. */
  async getResultsDf({ ignoreExceptions = false } = {}): Promise<PoolRow[]> {
    return (await this.collect({ ignoreExceptions, flatten: false })) as PoolRow[];
  }

  /** Arguments, `status`, `result`, `time`, `logs` and `exception` of each run, as they are now. */
  logsDf(columns: LogColumns = {}): PoolRow[] {
    return this.#scheduler.tasks.map((task) => logRow(task, { exceptionColumn: "exception", ...columns }));
  }

  /** Of a pool from `submit`: `logsDf()`. Of a pool from `map`: `collect()`. */
  async df(options: CollectOptions & { ignoreExceptions?: boolean } = {}): Promise<CollectedTable> {
    return this.#plan.origin === "submit" ? this.logsDf() : this.collect(options);
  }

  /**
   * Waits, then gives one table of all values: an Arrow Table where every run gave one, else an array of row objects.
   * @param options.ignoreExceptions leave failed runs out instead of throwing the first error
   * @param options.verbose false: no warning about what was left out
   */
  async collect(
    options: CollectOptions & { ignoreExceptions?: boolean; verbose?: boolean } = {},
  ): Promise<CollectedTable> {
    const { ignoreExceptions = false, verbose = true } = options;
    await this.wait();
    const { tasks } = this.#scheduler;
    const kept = ignoreExceptions ? tasks.filter((task) => task.status === "success") : tasks;
    if (verbose && kept.length < tasks.length) {
      console.warn(
        `${this.#plan.udf}: ${tasks.length - kept.length} of ${tasks.length} runs gave no result and are left out.`,
      );
    }
    const values = this.#outcomes(kept, false);
    return collectRuns(
      kept.map(({ args }, i) => ({ args, value: values[i] })),
      options,
    );
  }

  /** Runs as they end, those that have ended already first. Leaving the loop leaves the pool running. */
  async *[Symbol.asyncIterator](): AsyncGenerator<PoolItem, void, undefined> {
    const given = new Set<number>();
    const wait = this.#scheduler.beginWait();
    try {
      let { ended } = this.#scheduler;
      let next = 0;
      for (;;) {
        if (ended !== this.#scheduler.ended) {
          ({ ended } = this.#scheduler);
          next = 0;
        }
        const index = ended[next];
        if (index === undefined) {
          if (this.done()) return;
          await wait.change();
          continue;
        }
        next++;
        if (given.has(index)) continue;
        given.add(index);
        const { args, status, value, error } = this.#scheduler.tasks[index]!;
        yield { index, args, status, ...(status === "success" ? { value } : error && { error }) };
      }
    } finally {
      wait.end();
    }
  }

  /**
   * Shows the progress in one display that updates until the pool is done; a second call changes nothing.
   * @param options.place what the progress stands in for: it is shown only where the pool takes long, and its display is
   * then left there for whoever shows what the pool is for; where there were errors it stays
   */
  showProgress({ place }: { place?: DisplayPlace } = {}): void {
    if (this.#showsProgress) return;
    this.#showsProgress = true;
    showProgress(
      () => this.progress(),
      (changed) => void this.#scheduler.onChange(changed),
      this.waitSleep,
      place ?? { retry: () => void this.retry(), cancel: () => void this.cancel() },
    );
  }

  /** How far the pool is, as plain data. */
  progress(): PoolProgress {
    const { counts, startedAt } = this.#scheduler;
    const done = this.done();
    const elapsed = done ? this.totalTime() : (performance.now() - startedAt) / 1000;
    const ended = this.length - counts.pending - counts.running;
    const eta = ended > 0 && !done ? (elapsed / ended) * (this.length - ended) : undefined;
    const errors = [...this.errors()]
      .slice(0, 3)
      .map(([index, error]) => ({ index, args: this.#scheduler.tasks[index]!.args, message: errorHeadline(error) }));
    const { udf, maxWorkers: workers } = this.#plan;
    return { udf, total: this.length, counts: { ...counts }, workers, elapsed, eta, errors, done };
  }

  toString(): string {
    return `JobPool ${summarize(this.progress())}`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** A pool that a cell ends with while it runs is shown as it goes on, where a display can be updated. */
  [Symbol.for("Jupyter.display")](): Record<string, unknown> {
    if (!this.done() && !this.#showsProgress && displaySink() && options.show.enableTqdm) {
      this.showProgress();
      return {};
    }
    return drawPool(this.progress()).data;
  }

  async #waitUntil(condition: () => boolean, timeout: number | undefined): Promise<void> {
    const wait = this.#scheduler.beginWait();
    const expire = () => {
      const open = this.#scheduler.counts.pending + this.#scheduler.counts.running;
      wait.fail(new UdfTimeoutError(`After ${timeout} s ${open} of ${this.length} runs have not ended.`));
    };
    const timer = timeout === undefined ? undefined : setTimeout(expire, timeout * 1000);
    try {
      while (!condition()) await wait.change();
    } finally {
      clearTimeout(timer);
      wait.end();
    }
  }

  /** One after another: a callback would stand in the stack of the error that a reader sees. */
  #outcomes(tasks: PoolTask[], returnExceptions: boolean): unknown[] {
    const outcomes: unknown[] = [];
    for (const task of tasks) outcomes.push(this.#outcome(task, returnExceptions));
    return outcomes;
  }

  #outcome(task: PoolTask, returnExceptions: boolean): unknown {
    if (task.status === "success") return task.value;
    const error = this.#failure(task);
    if (returnExceptions) return error;
    throw error;
  }

  #failure(task: PoolTask): Error {
    if (task.status === "cancelled") {
      return new PoolCancelledError(
        `Run ${task.index} with ${parametersText(task.args)} was cancelled before it ended.`,
      );
    }
    return poolRunError(task.error!, task.index, task.args);
  }

  #byState<T>(states: TaskStatus[], pick: (task: PoolTask) => T): Map<number, T> {
    const chosen = this.#scheduler.tasks.filter((task) => states.includes(task.status));
    return new Map(chosen.map((task) => [task.index, pick(task)]));
  }
}

function hasEnded(task: PoolTask): boolean {
  return task.status !== "pending" && task.status !== "running";
}

function taskTime(task: PoolTask): number | undefined {
  if (!hasEnded(task) || task.startedAt === undefined || task.endedAt === undefined) return undefined;
  return (task.endedAt - task.startedAt) / 1000;
}
