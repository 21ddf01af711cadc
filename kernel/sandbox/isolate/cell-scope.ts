/** One execution of a cell, as far as the code inside the isolate knows of it. */
export interface CellRun {
  execution: number;
  count: number;
  interrupt: AbortController;
}

/**
 * Which cell the running code belongs to. V8 alone has no way to follow asynchronous work: each `await` of a cell goes
 * through here (kernel/session/repl-script.ts), and so do timers, and set the cell again when they go on.
 */
export interface IsolateScope {
  /** Resolves when the host says so: outside of the inspector's dispatch, where a cell could not be interrupted. */
  cell(execution: number, count: number): Promise<void>;
  /** Lets the cells go on that wait in `cell`. */
  release(): void;
  current(): CellRun;
  interrupt(execution: number): void;
  /** Cells that are about to be interrupted: one that has not begun does not begin. */
  halt(executions: number[]): void;
  isHalted(execution: number): boolean;
  live(value: unknown): unknown;
  liveEach(iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterable<unknown>;
  /** Runs work as a part of an execution. */
  run<T>(execution: number, work: () => T): T;
  /** The function as a part of the execution that is current now. */
  bind<Args extends unknown[], T>(work: (...args: Args) => T): (...args: Args) => T;
}

const never = new Promise<never>(() => {});
const remembered = 64;

export function createIsolateScope(): IsolateScope {
  const runs = new Map<number, CellRun>();
  let current: CellRun = { execution: 0, count: 0, interrupt: new AbortController() };
  let waiting: (() => void)[] = [];
  let halted: number[] = [];
  const live = (value: unknown): unknown => {
    const run = current;
    const { signal } = run.interrupt;
    return Promise.resolve(value).then(
      (settled) => {
        if (signal.aborted) return never;
        current = run;
        return settled;
      },
      (error: unknown) => {
        if (signal.aborted) return never;
        current = run;
        throw error;
      },
    );
  };
  return {
    cell(execution, count) {
      const run: CellRun = { execution, count, interrupt: new AbortController() };
      runs.set(execution, run);
      if (runs.size > remembered) runs.delete(runs.keys().next().value!);
      return new Promise<void>((go) => waiting.push(go)).then(() => {
        current = run;
      });
    },
    release() {
      const all = waiting;
      waiting = [];
      for (const go of all) go();
    },
    current: () => current,
    interrupt(execution) {
      runs.get(execution)?.interrupt.abort(new DOMException("The cell was interrupted.", "AbortError"));
    },
    halt(executions) {
      halted = executions;
    },
    isHalted: (execution) => halted.includes(execution) || (runs.get(execution)?.interrupt.signal.aborted ?? false),
    live,
    async *liveEach(iterable) {
      for await (const value of iterable) yield live(value);
    },
    run(execution, work) {
      current = runs.get(execution) ?? current;
      return work();
    },
    bind(work) {
      const run = current;
      return (...args) => {
        current = run;
        return work(...args);
      };
    },
  };
}
