/** Cells run one after the other; an error takes those that already wait with it, as in ipykernel. */
export interface ExecutionQueue {
  /** Runs the work when all before it is done; `abort` is called instead where an earlier one failed. */
  add(work: () => Promise<{ failed: boolean }>, abort: () => void): void;
  /** Whether something runs or waits. */
  busy(): boolean;
}

export function createExecutionQueue(): ExecutionQueue {
  let waiting: { work: () => Promise<{ failed: boolean }>; abort: () => void }[] = [];
  let running = false;
  const pump = async () => {
    if (running) return;
    running = true;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { failed } = await next.work();
      if (!failed) continue;
      const aborted = waiting;
      waiting = [];
      for (const { abort } of aborted) abort();
    }
    running = false;
  };
  return {
    add(work, abort) {
      waiting.push({ work, abort });
      void pump();
    },
    busy: () => running,
  };
}
