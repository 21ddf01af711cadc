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
