import { availableParallelism } from "node:os";
import type { LocalEngine, LocalEngineOptions } from "../engine/local-engine.ts";
import type { Engine } from "../engine/run-types.ts";
import { detached } from "./cell-hooks.ts";

/** Engine hosts of one core each, a process a worker: a run that brings its process down takes no other worker's along. */
export interface ProcessPool extends Engine {
  /** Process ids of the hosts that run now. */
  readonly pids: number[];
}

interface Worker {
  engine: Promise<LocalEngine>;
  busy: number;
}

/** More processes than this gain nothing: within one, runs that wait for the network leave the core to others. */
const mostWorkers = Math.max(2, availableParallelism());
/** Hosts that have had nothing to do for so long are ended, milliseconds. */
const longestIdle = 30_000;

/** Starts a host with each run that finds all of them busy, up to `size` of them. A run goes to the least busy one. */
export function openProcessPool(size: number, options: LocalEngineOptions = {}): ProcessPool {
  const most = Math.min(size, mostWorkers);
  let workers: Worker[] = [];
  const pids = new Map<Worker, () => number | undefined>();
  let idle: NodeJS.Timeout | undefined;

  const start = (): Worker => {
    const engine = detached(async () =>
      (await import("../engine/local-engine.ts")).startLocalEngine({ ...options, cores: 1 }),
    );
    const worker: Worker = { engine, busy: 0 };
    workers.push(worker);
    engine.then(
      (started) => pids.set(worker, () => started.pid),
      () => (workers = workers.filter((each) => each !== worker)),
    );
    return worker;
  };
  const leastBusy = (): Worker => {
    const [first] = workers.toSorted((a, b) => a.busy - b.busy);
    return first && (first.busy === 0 || workers.length >= most) ? first : start();
  };
  const close = async () => {
    clearTimeout(idle);
    const ended = workers;
    workers = [];
    pids.clear();
    await Promise.all(ended.map(async ({ engine }) => (await engine.catch(() => undefined))?.close()));
  };

  return {
    get pids() {
      return [...pids.values()].flatMap((pid) => pid() ?? []);
    },
    async run(request, runOptions) {
      clearTimeout(idle);
      const worker = leastBusy();
      worker.busy++;
      try {
        return await (await worker.engine).run(request, runOptions);
      } finally {
        worker.busy--;
        if (workers.every(({ busy }) => busy === 0)) {
          idle = detached(() => setTimeout(() => void close(), longestIdle));
          idle.unref();
        }
      }
    },
    close,
  };
}
