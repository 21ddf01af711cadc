import { AsyncLocalStorage } from "node:async_hooks";

/** One execution of a cell: everything that it starts, timers included, knows it. */
export interface CellRun {
  execution: number;
  count: number;
  interrupt: AbortController;
  /** Is to be interrupted: nothing more of it may begin. */
  halted: boolean;
}

export interface CellScope {
  /** Makes the code that goes on from here part of the cell. Called at the start of the cell's own code. */
  enter(execution: number, count: number): CellRun;
  leave(): void;
  /** The cell that the running code belongs to; the latest one where that is not known. */
  current(): CellRun;
  /**
   * From here on neither the cell's first line nor what comes after one of its `await`s begins. Said before its code is
   * terminated: whatever of it goes on is then running, and can be.
   */
  halt(execution: number): void;
  isHalted(execution: number): boolean;
  /** Tells a halted cell by its signal. */
  interrupt(execution: number): void;
  /** What a cell's `await` waits for: the value itself, or nothing for ever where the cell was interrupted meanwhile. */
  live(value: unknown): unknown;
  /** The same for each step of `for await`. */
  liveEach(iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterable<unknown>;
  /** Runs work as a part of an execution that is no cell: what a front end's message sets off. */
  run(execution: number, work: () => void): void;
  /** Runs work of a cell in the next turn of the event loop, whatever code this is called from. */
  nextTurn(execution: number, work: () => void): void;
  /** Runs what outlives its cell (a pool, say) as part of no cell's interruption. */
  detached<T>(work: () => T): T;
}

const never = new Promise<never>(() => {});

export function createCellScope(): CellScope {
  const storage = new AsyncLocalStorage<CellRun>();
  const runs = new Map<number, CellRun>();
  const newRun = (execution: number, count: number): CellRun => ({
    execution,
    count,
    interrupt: new AbortController(),
    halted: false,
  });
  let latest = newRun(0, 0);
  // A cell that waits has no code on the stack that could be terminated, and terminating its continuation as it begins
  // would take every other microtask with it: so each await of a cell asks here whether it may go on.
  const live = (value: unknown): unknown => {
    const run = storage.getStore();
    if (!run) return value;
    return Promise.resolve(value).then(
      (settled) => (run.halted ? never : settled),
      (error: unknown) => {
        if (run.halted) return never;
        throw error;
      },
    );
  };
  return {
    enter(execution, count) {
      latest = newRun(execution, count);
      runs.set(execution, latest);
      if (runs.size > 64) runs.delete(runs.keys().next().value!);
      storage.enterWith(latest);
      return latest;
    },
    leave: () => storage.enterWith(undefined as never),
    current: () => storage.getStore() ?? latest,
    halt(execution) {
      const run = runs.get(execution);
      if (run) run.halted = true;
    },
    isHalted: (execution) => runs.get(execution)?.halted === true,
    interrupt(execution) {
      runs.get(execution)?.interrupt.abort(new DOMException("The cell was interrupted.", "AbortError"));
    },
    live,
    async *liveEach(iterable) {
      for await (const value of iterable) yield live(value);
    },
    run: (execution, work) => storage.run(newRun(execution, latest.count), work),
    nextTurn: (execution, work) => storage.run(runs.get(execution) as CellRun, () => void setImmediate(work)),
    detached: (work) => storage.run(undefined as never, work),
  };
}
