import type { HostLink } from "./host-link.ts";

interface Timer {
  at: number;
  order: number;
  every: number | undefined;
  callback: (...values: unknown[]) => unknown;
  values: unknown[];
}

const longest = 2 ** 31 - 1;

/** `setTimeout` and its kin. The timers stand in the isolate; the host is asked only for the next one. */
export function makeTimers(host: HostLink) {
  const timers = new Map<number, Timer>();
  let count = 0;
  let armedFor = Infinity;

  const arm = (at: number) => {
    if (at >= armedFor) return;
    armedFor = at;
    host.arm(Math.max(0, at - Date.now()));
  };
  const add = (callback: unknown, delay: unknown, values: unknown[], isRepeated: boolean) => {
    if (typeof callback !== "function") throw new TypeError("A timer needs a function.");
    const wait = Math.min(Math.max(1, Math.trunc(Number(delay)) || 1), longest);
    const id = ++count;
    const every = isRepeated ? wait : undefined;
    const at = Date.now() + wait;
    timers.set(id, { at, order: id, every, callback: callback as Timer["callback"], values });
    arm(at);
    return id;
  };
  const remove = (id: unknown) => void timers.delete(Number(id));

  return {
    globals: {
      setTimeout: (callback: unknown, delay?: unknown, ...values: unknown[]) => add(callback, delay, values, false),
      setInterval: (callback: unknown, delay?: unknown, ...values: unknown[]) => add(callback, delay, values, true),
      setImmediate: (callback: unknown, ...values: unknown[]) => add(callback, 0, values, false),
      clearTimeout: remove,
      clearInterval: remove,
      clearImmediate: remove,
    },
    /** Runs what is due, earliest first. An error of one ends the run, as it would end a process. */
    fire(onError: (error: unknown) => void): void {
      armedFor = Infinity;
      const now = Date.now();
      const due = [...timers]
        .filter(([, { at }]) => at <= now)
        .sort(([, a], [, b]) => a.at - b.at || a.order - b.order);
      for (const [id, timer] of due) {
        if (!timers.has(id)) continue;
        if (timer.every === undefined) timers.delete(id);
        else timer.at = now + timer.every;
        try {
          timer.callback(...timer.values);
        } catch (error) {
          onError(error);
        }
      }
      let next = Infinity;
      for (const { at } of timers.values()) next = Math.min(next, at);
      arm(next);
    },
  };
}
