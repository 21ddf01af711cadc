/** A cell that waits for its turn. */
export interface QueuedCell {
  /** Sends the cell to the session, which begins when the cell before it is done. `ahead`: that one is not done yet. */
  send(ahead: boolean): void;
  /** Its turn has come: tells front ends, waits for the outcome, replies. */
  present(): Promise<{ failed: boolean }>;
  /** An earlier cell has failed: replies that this one was not run. `sent`: the session knows of it, and drops it too. */
  abort(sent: boolean): void;
}

/**
 * Cells run one after the other; an error takes those with it that wait already, as in ipykernel (its
 * `stop_on_error_timeout` is 0 by default): one that comes later, from a client that waits for nothing, runs.
 */
export interface ExecutionQueue {
  add(cell: QueuedCell): void;
}

/** Cells that the session has at a time: the one that runs, and the next, so that it need not wait for word of the first. */
const depth = 2;

export function createExecutionQueue(): ExecutionQueue {
  let cells: QueuedCell[] = [];
  let sent = 0;
  let running = false;

  const sendAhead = () => {
    while (sent < Math.min(depth, cells.length)) {
      cells[sent]!.send(sent > 0);
      sent++;
    }
  };
  const pump = async () => {
    running = true;
    while (cells.length > 0) {
      sendAhead();
      const { failed } = await cells[0]!.present();
      cells.shift();
      sent--;
      if (!failed) continue;
      const aborted = cells;
      const known = sent;
      cells = [];
      sent = 0;
      for (const [i, cell] of aborted.entries()) cell.abort(i < known);
    }
    running = false;
  };
  return {
    add(cell) {
      cells.push(cell);
      if (running) sendAhead();
      else void pump();
    },
  };
}
