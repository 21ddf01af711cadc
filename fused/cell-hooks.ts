/** What a notebook session tells the SDK about the cell whose code is running. */
export interface CellHooks {
  /** Runs work that must go on when the cell is interrupted: a pool's runs, say. */
  detached<T>(work: () => T): T;
  /** Aborts when the cell is interrupted; undefined where no cell runs. */
  signal(): AbortSignal | undefined;
}

const outsideNotebooks: CellHooks = { detached: (work) => work(), signal: () => undefined };

let hooks = outsideNotebooks;

/** Installs the session's hooks; without an argument, takes them away. */
export function setCellHooks(cellHooks: CellHooks = outsideNotebooks): void {
  hooks = cellHooks;
}

export function detached<T>(work: () => T): T {
  return hooks.detached(work);
}

export function cellSignal(): AbortSignal | undefined {
  return hooks.signal();
}

/**
 * Does work that a cell waits for, apart from the cell. An interrupted cell never hears of the outcome: its code does not
 * go on, and a session stops a continuation by terminating V8's run through its microtasks, which would take those of
 * other work with it.
 */
export function doForCell<T>(work: (signal: AbortSignal | undefined) => Promise<T>): Promise<T> {
  const signal = cellSignal();
  if (!signal) return work(undefined);
  return new Promise((resolve, reject) => {
    const unlessGone =
      <Value>(settle: (value: Value) => void) =>
      (value: Value) => {
        if (!signal.aborted) settle(value);
      };
    detached(() => work(signal).then(unlessGone(resolve), unlessGone(reject)));
  });
}
