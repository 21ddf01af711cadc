/** An answer to a realtime request, as it is sent and kept. */
export interface KeptAnswer {
  status: number;
  bytes: Uint8Array | undefined;
  headers: Record<string, string>;
  /** When it was computed, milliseconds since 1970. */
  made: number;
  /** Of its bytes and type, quoted. */
  etag: string;
}

interface Flight {
  answer: Promise<KeptAnswer>;
  controller: AbortController;
  waiting: number;
}

/** Beside the bytes an entry takes about so many for its key and headers. */
const entryOverhead = 1000;
const largestShare = 8;

/** Answers by key, in memory, the ones used last. Requests for the same key at the same time wait for one computation. */
export class ResultCache {
  #limit: number;
  #entries = new Map<string, KeptAnswer>();
  #flights = new Map<string, Flight>();
  #size = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** What is kept, if it is not older than so many seconds. */
  find(key: string, maxAge: number): KeptAnswer | undefined {
    const entry = this.#entries.get(key);
    if (!entry || Date.now() - entry.made > maxAge * 1000) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /**
   * Computes an answer, or waits for the same that is being computed. The computation is given up when all who waited are gone.
   * @param keep says whether the answer may be kept
   */
  async compute(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<KeptAnswer>,
    keep: (answer: KeptAnswer) => boolean,
  ): Promise<KeptAnswer> {
    let flight = this.#flights.get(key);
    if (!flight || flight.controller.signal.aborted) {
      flight = this.#start(key, work, keep);
      this.#flights.set(key, flight);
    }
    const { controller, answer } = flight;
    flight.waiting++;
    const leave = () => {
      if (--flight.waiting === 0) controller.abort();
    };
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    try {
      return await answer;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #start(
    key: string,
    work: (signal: AbortSignal) => Promise<KeptAnswer>,
    keep: (answer: KeptAnswer) => boolean,
  ): Flight {
    const controller = new AbortController();
    const answer = work(controller.signal).then((made) => {
      if (keep(made)) this.#keep(key, made);
      return made;
    });
    const flight: Flight = { answer, controller, waiting: 0 };
    const land = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    answer.then(land, land);
    return flight;
  }

  #keep(key: string, answer: KeptAnswer): void {
    const size = sizeOf(key, answer);
    if (size > this.#limit / largestShare) return;
    this.#drop(key);
    this.#entries.set(key, answer);
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#limit) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#size -= sizeOf(key, entry);
  }
}

function sizeOf(key: string, { bytes }: KeptAnswer): number {
  return (bytes?.length ?? 0) + key.length * 2 + entryOverhead;
}
