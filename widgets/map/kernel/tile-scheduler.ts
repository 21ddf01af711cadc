import type { Tile } from "../mercator.ts";
import { worldX, worldY } from "../mercator.ts";

/** A tile that a page waits for. */
export interface TileWish {
  /** What is asked for: layer, tile and parameters. Wishes of one key share one run. */
  key: string;
  tile: Tile;
  /** Parameters of a later generation are run first. */
  generation: number;
  /** Takes the answer; not called after the wish was withdrawn. */
  settle(answer: "stale" | unknown): void;
}

/** Where a page looks. */
export interface Centre {
  longitude: number;
  latitude: number;
}

interface Job {
  key: string;
  tile: Tile;
  generation: number;
  since: number;
  wishes: Set<TileWish>;
  /** Present while it runs. */
  abort?: AbortController;
}

export interface SchedulerOptions<Answer> {
  /** Runs that are under way at a time. */
  concurrency: number;
  run(job: { key: string; tile: Tile; waited: number }, signal: AbortSignal): Promise<Answer>;
}

/** Counts for the debug overlay and for tests. */
export interface SchedulerCounts {
  asked: number;
  shared: number;
  started: number;
  /** Withdrawn before they ran, while they ran, and overtaken by later parameters. */
  dropped: number;
  aborted: number;
  stale: number;
  longestQueue: number;
}

/** Decides which tile is computed next: the newest parameters first, then what lies nearest to where a page looks. */
export interface TileScheduler {
  readonly counts: SchedulerCounts;
  readonly waiting: number;
  readonly running: number;
  add(wish: TileWish): void;
  /** A page does not want it any more. A run that nobody waits for is aborted. */
  withdraw(wish: TileWish): void;
  look(centre: Centre): void;
  /** Wishes of earlier generations are answered `stale`. */
  supersede(generation: number): void;
  close(): void;
}

export function tileScheduler<Answer>({ concurrency, run }: SchedulerOptions<Answer>): TileScheduler {
  const queued = new Map<string, Job>();
  const running = new Map<string, Job>();
  const counts = { asked: 0, shared: 0, started: 0, dropped: 0, aborted: 0, stale: 0, longestQueue: 0 };
  let centre: Centre | undefined;

  const distance = ({ z, x, y }: Tile): number => {
    if (!centre) return 0;
    const across = 2 ** z;
    const aside = Math.abs((x + 0.5) / across - worldX(centre.longitude)) % 1;
    return Math.hypot(Math.min(aside, 1 - aside), (y + 0.5) / across - worldY(centre.latitude));
  };
  const isBefore = (a: Job, b: Job): boolean =>
    a.generation !== b.generation ? a.generation > b.generation : distance(a.tile) < distance(b.tile);
  const next = (): Job | undefined => {
    let best: Job | undefined;
    for (const job of queued.values()) if (!best || isBefore(job, best)) best = job;
    return best;
  };
  const pump = (): void => {
    while (running.size < concurrency) {
      const job = next();
      if (!job) return;
      queued.delete(job.key);
      void start(job);
    }
  };
  const start = async (job: Job): Promise<void> => {
    const abort = new AbortController();
    job.abort = abort;
    running.set(job.key, job);
    counts.started++;
    const waited = performance.now() - job.since;
    const answer = await run({ key: job.key, tile: job.tile, waited }, abort.signal);
    if (running.get(job.key) === job) running.delete(job.key);
    for (const wish of job.wishes) wish.settle(answer);
    job.wishes.clear();
    pump();
  };
  const stop = (job: Job): void => {
    // Who asks for it again gets a new run: this one is on its way out.
    if (running.get(job.key) === job) running.delete(job.key);
    job.abort?.abort();
  };

  return {
    counts,
    get waiting() {
      return queued.size;
    },
    get running() {
      return running.size;
    },
    add(wish) {
      counts.asked++;
      const job = running.get(wish.key) ?? queued.get(wish.key);
      if (job) {
        counts.shared++;
        job.wishes.add(wish);
        return;
      }
      const { key, tile, generation } = wish;
      queued.set(key, { key, tile, generation, since: performance.now(), wishes: new Set([wish]) });
      // In the next turn, so that a page's whole view is there to choose from.
      if (queued.size === 1) setImmediate(pump);
      counts.longestQueue = Math.max(counts.longestQueue, queued.size);
    },
    withdraw(wish) {
      const job = queued.get(wish.key) ?? running.get(wish.key);
      if (!job?.wishes.delete(wish) || job.wishes.size > 0) return;
      if (queued.delete(job.key)) counts.dropped++;
      else {
        counts.aborted++;
        stop(job);
        pump();
      }
    },
    look(to) {
      centre = to;
    },
    supersede(generation) {
      for (const job of [...queued.values(), ...running.values()]) {
        if (job.generation >= generation) continue;
        counts.stale++;
        const wishes = [...job.wishes];
        job.wishes.clear();
        if (!queued.delete(job.key)) stop(job);
        for (const wish of wishes) wish.settle("stale");
      }
      pump();
    },
    close() {
      queued.clear();
      for (const job of running.values()) job.abort?.abort();
      running.clear();
    },
  };
}
