/**
 * Keeps interrupts from meeting the session while it loads modules of its own: a module whose evaluation is terminated
 * stays half made for as long as the process lives. One of the two passes the gate at a time.
 */
const free = 0;
const loading = 1;
const stopping = 2;

export function createLoadingGate(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/** The main thread loads something. Where it is being told to stop just now, it is stopped here. */
export function loadUndisturbed<T>(gate: SharedArrayBuffer, load: () => T): T {
  const state = new Int32Array(gate);
  for (;;) {
    const before = Atomics.compareExchange(state, 0, free, loading);
    if (before === loading) return load();
    if (before === free) break;
    Atomics.wait(state, 0, stopping, 1000);
  }
  try {
    return load();
  } finally {
    Atomics.store(state, 0, free);
    Atomics.notify(state, 0);
  }
}

/** The agent stops what runs in the main thread, when that is not loading. */
export async function stopBetweenLoads(gate: SharedArrayBuffer, stop: () => Promise<void>): Promise<void> {
  const state = new Int32Array(gate);
  while (Atomics.compareExchange(state, 0, free, stopping) === loading) {
    await Atomics.waitAsync(state, 0, loading, 1000).value;
  }
  try {
    await stop();
  } finally {
    Atomics.store(state, 0, free);
    Atomics.notify(state, 0);
  }
}
