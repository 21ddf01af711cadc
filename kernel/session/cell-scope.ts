import { AsyncLocalStorage } from "node:async_hooks";
import { promiseHooks } from "node:v8";

/** One execution of a cell: everything that it starts, timers included, knows it. */
export interface CellRun {
  execution: number;
  count: number;
  interrupt: AbortController;
}

export interface CellScope {
  /** Makes the code that goes on from here part of the cell. Called at the start of the cell's own code. */
  enter(execution: number, count: number): CellRun;
  leave(): void;
  /** The cell that the running code belongs to; the latest one where that is not known. */
  current(): CellRun;
  /** Marks a cell as interrupted: it is told by its signal, and what it would still do after an `await` is not done. */
  interrupt(execution: number, stopContinuation: () => void): void;
  /** Runs work of a cell in the next turn of the event loop, whatever code this is called from. */
  nextTurn(execution: number, work: () => void): void;
  /** Runs what outlives its cell (a pool, say) as part of no cell's interruption. */
  detached<T>(work: () => T): T;
}

export function createCellScope(): CellScope {
  const storage = new AsyncLocalStorage<CellRun>();
  const runs = new Map<number, CellRun>();
  let latest: CellRun = { execution: 0, count: 0, interrupt: new AbortController() };
  let watching = false;
  return {
    enter(execution, count) {
      latest = { execution, count, interrupt: new AbortController() };
      runs.set(execution, latest);
      if (runs.size > 64) runs.delete(runs.keys().next().value!);
      storage.enterWith(latest);
      return latest;
    },
    leave: () => storage.enterWith(undefined as never),
    current: () => storage.getStore() ?? latest,
    interrupt(execution, stopContinuation) {
      const run = runs.get(execution);
      if (!run || run.interrupt.signal.aborted) return;
      run.interrupt.abort(new DOMException("The cell was interrupted.", "AbortError"));
      if (watching) return;
      watching = true;
      // A cell that waits has no code on the stack to terminate. Its next continuation is stopped when it begins; the
      // hook slows every promise a little, so it is there only once something was interrupted.
      promiseHooks.onBefore(() => {
        const store = storage.getStore();
        if (store?.interrupt.signal.aborted) stopContinuation();
      });
    },
    nextTurn: (execution, work) => storage.run(runs.get(execution) as CellRun, () => void setImmediate(work)),
    detached: (work) => storage.run(undefined as never, work),
  };
}
