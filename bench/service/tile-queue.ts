/**
 * A discrete-event simulation of the way of a tile through a service: replicas behind a balancer that knows how busy they are, each
 * with one thread that speaks HTTP, isolates for a number of runs (slots), and cores that those compute on. A run that waits for the
 * network keeps its slot and leaves its core.
 */
export interface Station {
  replicas: number;
  /** Cores of one replica's engine. */
  cores: number;
  /** Isolates of one replica; the engine makes four a core (engine/scheduler.ts). */
  slots: number;
}

/** Times of one tile, milliseconds. */
export interface TileWork {
  /** On the thread that speaks HTTP. */
  http: number;
  /** On a core. */
  compute: number;
  /** Waiting for somebody else's server. */
  wait: number;
  /** Share of requests that a kept result answers: they cost `hitHttp` and nothing else. */
  hits: number;
  hitHttp: number;
}

export interface Arrivals {
  /** Tiles a second. */
  rate: number;
  /** Tiles that come at once: a map asks for all that it shows. */
  batch: number;
}

export interface QueueFigures {
  /** Time from asking to answer, milliseconds. */
  p50: number;
  p99: number;
  mean: number;
  /** How busy each kind of place is, 0 to 1. */
  busy: { http: number; cores: number; slots: number };
  /** True where more came than could be done: the times then only say how long the simulation was. */
  isOverloaded: boolean;
}

/** Numbers from 0 to 1 that are the same at each run (mulberry32). */
export function seededRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Replica {
  active: number;
  http: Places;
  slots: Places;
  cores: Places;
}

/** Simulates so many tiles. Times of work vary as their kind does: `vary` gives a factor whose mean is 1. */
export function simulateTiles(
  station: Station,
  work: TileWork,
  arrivals: Arrivals,
  tiles: number,
  random = seededRandom(1),
  vary: () => number = () => -Math.log(1 - random()),
): QueueFigures {
  const clock = new Clock();
  const replicas: Replica[] = Array.from({ length: station.replicas }, () => ({
    active: 0,
    http: new Places(clock, 1),
    slots: new Places(clock, station.slots),
    cores: new Places(clock, station.cores),
  }));
  const times: number[] = [];
  let started = 0;

  const start = () => {
    const replica = replicas.reduce((best, each) => (each.active < best.active ? each : best));
    replica.active++;
    const asked = clock.now;
    const end = () => {
      replica.active--;
      times.push(clock.now - asked);
    };
    const { http, slots, cores } = replica;
    if (random() < work.hits) return http.use(work.hitHttp * vary(), end);
    // Half of the work on the HTTP thread is before the run, half after it.
    const half = (work.http / 2) * vary();
    http.use(half, () =>
      slots.take((release) =>
        cores.use((work.compute / 2) * vary(), () =>
          clock.after(work.wait === 0 ? 0 : work.wait * vary(), () =>
            cores.use((work.compute / 2) * vary(), () => {
              release();
              http.use(half, end);
            }),
          ),
        ),
      ),
    );
  };
  const arrive = () => {
    for (let i = 0; i < arrivals.batch && started < tiles; i++, started++) start();
    if (started < tiles) clock.after(-Math.log(1 - random()) * ((1000 * arrivals.batch) / arrivals.rate), arrive);
  };
  arrive();
  clock.run();

  const lasted = clock.now;
  const share = (pick: (replica: Replica) => Places) =>
    replicas.reduce((sum, replica) => sum + pick(replica).used / (pick(replica).count * lasted), 0) / replicas.length;
  const expected = (1000 * tiles) / arrivals.rate;
  times.sort((a, b) => a - b);
  return {
    p50: times[Math.floor(times.length / 2)]!,
    p99: times[Math.floor(times.length * 0.99)]!,
    mean: times.reduce((sum, time) => sum + time, 0) / times.length,
    busy: { http: share((each) => each.http), cores: share((each) => each.cores), slots: share((each) => each.slots) },
    isOverloaded: lasted > expected * 1.1,
  };
}

/** What happens when, in order: a heap by time. */
class Clock {
  now = 0;
  #heap: { at: number; order: number; happen: () => void }[] = [];
  #count = 0;

  after(milliseconds: number, happen: () => void): void {
    const heap = this.#heap;
    heap.push({ at: this.now + milliseconds, order: this.#count++, happen });
    for (let i = heap.length - 1; i > 0;) {
      const above = (i - 1) >> 1;
      if (isBefore(heap[above]!, heap[i]!)) break;
      [heap[above], heap[i]] = [heap[i]!, heap[above]!];
      i = above;
    }
  }

  run(): void {
    const heap = this.#heap;
    while (heap.length > 0) {
      const first = heap[0]!;
      const last = heap.pop()!;
      if (heap.length > 0) {
        heap[0] = last;
        for (let i = 0; ;) {
          let least = i;
          for (const below of [2 * i + 1, 2 * i + 2]) {
            if (below < heap.length && isBefore(heap[below]!, heap[least]!)) least = below;
          }
          if (least === i) break;
          [heap[least], heap[i]] = [heap[i]!, heap[least]!];
          i = least;
        }
      }
      this.now = first.at;
      first.happen();
    }
  }
}

const isBefore = (a: { at: number; order: number }, b: { at: number; order: number }) =>
  a.at < b.at || (a.at === b.at && a.order < b.order);

/** Places that are taken one at a time, in the order of asking. */
class Places {
  readonly count: number;
  /** Milliseconds for which places were taken, together. */
  used = 0;
  #clock: Clock;
  #taken = 0;
  #waiting: ((release: () => void) => void)[] = [];
  #served = 0;

  constructor(clock: Clock, count: number) {
    this.#clock = clock;
    this.count = count;
  }

  /** Takes a place as soon as there is one, until `release`. */
  take(work: (release: () => void) => void): void {
    if (this.#taken === this.count) return void this.#waiting.push(work);
    this.#taken++;
    this.#give(work);
  }

  /** Takes a place for a time. */
  use(milliseconds: number, done: () => void): void {
    this.take((release) =>
      this.#clock.after(milliseconds, () => {
        release();
        done();
      }),
    );
  }

  #give(work: (release: () => void) => void): void {
    const since = this.#clock.now;
    work(() => {
      this.used += this.#clock.now - since;
      // Taking the first of a long list away would move all the others.
      const next = this.#waiting[this.#served];
      if (next) {
        this.#served++;
        this.#give(next);
      } else this.#taken--;
    });
  }
}
