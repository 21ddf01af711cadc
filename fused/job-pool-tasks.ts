import type { LogLine } from "../engine/run-types.ts";
import { cellSignal, detached } from "./cell-hooks.ts";
import { PoolCancelledError } from "./errors.ts";
import { isRetryable, isTimeout } from "./run-error.ts";
import type { RunResult } from "./run-result.ts";

/** `pending → running → success | error | timeout`, `pending → cancelled`; a retry puts a failed task back to pending. */
export type TaskStatus = "pending" | "running" | "success" | "error" | "timeout" | "cancelled";

/** One run of a pool. */
export interface PoolTask {
  /** Position in the argument list. */
  index: number;
  args: Record<string, unknown>;
  status: TaskStatus;
  value?: unknown;
  error?: Error;
  logs: LogLine[];
  /** How often it has been started. */
  attempts: number;
  /** Times of the last attempt, as `performance.now()` gives them. */
  startedAt?: number;
  endedAt?: number;
}

/** Runs one set of arguments; failures come back in the result. */
export type RunTask = (args: Record<string, unknown>, signal: AbortSignal) => Promise<RunResult>;

export interface SchedulerPlan {
  args: Record<string, unknown>[];
  run: RunTask;
  /** Tasks in state `running` at once. */
  maxWorkers: number;
  /** Further attempts that a failed task gets while somebody waits. */
  maxRetry: number;
}

/** Somebody who waits for a pool. */
export interface PoolWait {
  /** Settles at the next change of any task's state; rejects when the wait has failed. */
  change(): Promise<void>;
  /** Ends the wait with an error. */
  fail(error: Error): void;
  end(): void;
}

/** Pause before a task's second attempt, milliseconds; it doubles with each further one. */
const firstRetryDelay = 200;

/** Starts tasks in the order of their arguments, so many at once, and keeps the books about them. */
export class TaskScheduler {
  readonly tasks: PoolTask[];
  readonly counts: Record<TaskStatus, number>;
  /** Positions of ended tasks, in the order in which they ended. */
  ended: number[] = [];
  readonly startedAt = performance.now();
  retriedAt: number | undefined;
  cancelled = false;

  readonly #plan: SchedulerPlan;
  readonly #running = new Map<number, { abort: AbortController; outcome: Promise<RunResult> }>();
  readonly #listeners = new Set<(task: PoolTask) => void>();
  readonly #retriesLeft: number[];
  /** Tasks that go again, earliest argument first; tasks behind `#next` have never been started. */
  #again: number[] = [];
  #delayed = new Map<number, NodeJS.Timeout>();
  #next = 0;
  /** Wakes those who wait. */
  readonly #waits = new Set<() => void>();
  #interruptedBy: AbortSignal | undefined;

  constructor(plan: SchedulerPlan) {
    this.#plan = plan;
    this.tasks = plan.args.map((args, index) => ({ index, args, status: "pending", logs: [], attempts: 0 }));
    this.counts = { pending: plan.args.length, running: 0, success: 0, error: 0, timeout: 0, cancelled: 0 };
    this.#retriesLeft = plan.args.map(() => plan.maxRetry);
    this.#pump();
  }

  get done(): boolean {
    return this.counts.pending + this.counts.running === 0;
  }

  /** Calls `listener` at each change of a task's state; returns how to stop that. */
  onChange(listener: (task: PoolTask) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Somebody waits for the pool from now on: failed tasks get further attempts. When the waiting cell is interrupted,
   * the wait is over (and never settles, see `doForCell`) and the pool lives on; the second time, what has not started
   * is cancelled (fused-spec.md 9.4).
   */
  beginWait(): PoolWait {
    const signal = cellSignal();
    let next = Promise.withResolvers<void>();
    let failure: Error | undefined;
    const wake = () => {
      const woken = next;
      next = Promise.withResolvers<void>();
      woken.resolve();
    };
    const end = () => {
      this.#waits.delete(wake);
      signal?.removeEventListener("abort", interrupt);
    };
    const interrupt = () => {
      end();
      this.#interrupt(signal!);
    };
    signal?.addEventListener("abort", interrupt);
    this.#waits.add(wake);
    // An interrupt that fell into the handler of a run's end has taken that end with it: listen again.
    for (const [index, { outcome }] of this.#running) this.#listen(this.tasks[index]!, outcome);
    this.#requeue((task) => this.#mayRetry(task));
    return {
      async change() {
        if (failure === undefined) await next.promise;
        if (failure !== undefined) throw failure;
      },
      fail(error) {
        failure = error;
        wake();
      },
      end,
    };
  }

  /** @param signal of the interrupted cell, which may wait for the pool more than once */
  #interrupt(signal: AbortSignal): void {
    if (signal === this.#interruptedBy) return;
    const open = this.counts.pending + this.counts.running;
    if (this.#interruptedBy) {
      this.cancel();
      console.warn("Interrupted again: the runs of the pool that had not started are cancelled.");
    } else console.warn(`Stopped waiting; ${open} runs of the pool go on. pool.cancel() cancels them.`);
    this.#interruptedBy = signal;
  }

  /** Puts failed tasks back, with fresh attempts. */
  retry(): void {
    if (this.cancelled) throw new PoolCancelledError("This pool was cancelled, so it cannot retry: start another one.");
    this.retriedAt = performance.now();
    for (const task of this.tasks) if (hasFailed(task)) this.#retriesLeft[task.index] = this.#plan.maxRetry + 1;
    this.#requeue(hasFailed, 0);
  }

  /** Cancels what has not started; running tasks finish. */
  cancel(): void {
    this.cancelled = true;
    for (const timer of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#again = [];
    for (const task of this.tasks) if (task.status === "pending") this.#end(task, "cancelled");
  }

  /** Ends running tasks, too. */
  abort(): void {
    this.cancel();
    for (const { abort } of this.#running.values()) abort.abort();
  }

  #pump(): void {
    while (this.counts.running < this.#plan.maxWorkers) {
      const index = this.#again.shift() ?? (this.#next < this.tasks.length ? this.#next++ : undefined);
      if (index === undefined) return;
      const task = this.tasks[index]!;
      if (task.status === "pending") this.#start(task);
    }
  }

  #start(task: PoolTask): void {
    const abort = new AbortController();
    const attempt = ++task.attempts;
    task.startedAt = performance.now();
    task.endedAt = undefined;
    if (attempt > 1) task.logs.push({ stream: "stderr", text: `(attempt ${attempt})\n` });
    this.#enter(task, "running");
    const outcome = detached(() => this.#plan.run(task.args, abort.signal));
    this.#running.set(task.index, { abort, outcome });
    this.#listen(task, outcome);
  }

  #listen(task: PoolTask, outcome: Promise<RunResult>): void {
    detached(() =>
      outcome.then(
        (result) => this.#settle(task, outcome, result),
        (error: Error) => this.#settle(task, outcome, { data: undefined, error, logs: [] }),
      ),
    );
  }

  #settle(task: PoolTask, outcome: Promise<RunResult>, result: Pick<RunResult, "data" | "error" | "logs">): void {
    const run = this.#running.get(task.index);
    if (run?.outcome !== outcome) return;
    this.#running.delete(task.index);
    task.endedAt = performance.now();
    task.logs.push(...result.logs);
    task.value = result.data;
    task.error = result.error;
    if (result.error === undefined) this.#end(task, "success");
    else if (run.abort.signal.aborted) this.#end(task, "cancelled");
    else {
      this.#enter(task, isTimeout(result.error) ? "timeout" : "error");
      if (this.#waits.size > 0 && this.#mayRetry(task)) this.#sendBack(task);
      else this.ended.push(task.index);
    }
    this.#pump();
  }

  #mayRetry(task: PoolTask): boolean {
    return !this.cancelled && hasFailed(task) && this.#retriesLeft[task.index]! > 0 && isRetryable(task.error!);
  }

  #requeue(chosen: (task: PoolTask) => boolean, pause?: number): void {
    const back = new Set(this.ended.filter((index) => chosen(this.tasks[index]!)));
    if (back.size === 0) return;
    this.ended = this.ended.filter((index) => !back.has(index));
    for (const index of back) this.#sendBack(this.tasks[index]!, pause);
  }

  #sendBack(task: PoolTask, pause = firstRetryDelay * 2 ** (task.attempts - 1)): void {
    this.#retriesLeft[task.index]!--;
    this.#enter(task, "pending");
    const start = () => {
      this.#delayed.delete(task.index);
      this.#again = [...this.#again, task.index].sort((a, b) => a - b);
      this.#pump();
    };
    this.#delayed.set(
      task.index,
      detached(() => setTimeout(start, pause)),
    );
  }

  #end(task: PoolTask, status: TaskStatus): void {
    this.ended.push(task.index);
    this.#enter(task, status);
  }

  #enter(task: PoolTask, status: TaskStatus): void {
    this.counts[task.status]--;
    task.status = status;
    this.counts[status]++;
    for (const listener of this.#listeners) listener(task);
    for (const wake of this.#waits) wake();
  }
}

function hasFailed(task: PoolTask): boolean {
  return task.status === "error" || task.status === "timeout";
}
