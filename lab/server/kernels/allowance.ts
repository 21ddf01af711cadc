/** Text is what is printed; an output is a display or a result. */
export type Spending = "text" | "output";

export interface AllowanceLimits {
  /** Bytes that go out at once, and how many more every second after that: a page draws no faster. */
  burst: Record<Spending, number>;
  perSecond: Record<Spending, number>;
  /** Bytes of one request; what is beyond waits for the request's end, and only its last part is shown. */
  perRequest: Record<Spending, number>;
}

/** However small an output is, a page makes an element for it. */
const leastOutput = 10_000;
/** Milliseconds between two pieces of text for every byte that the page has of it: it lays out the whole text each time. */
const pause = 1000 / 1e6;
/** Requests that are remembered while they run; more at a time are no flood of one cell. */
const mostRequests = 1000;

/** How much a page is given to draw, by what has gone out to it lately. */
export class Allowance {
  readonly #limits: AllowanceLimits;
  readonly #left: Record<Spending, number>;
  readonly #requests = new Map<string, Record<Spending, number> & { at: number }>();
  #at = performance.now();

  constructor(limits: AllowanceLimits) {
    this.#limits = limits;
    this.#left = { ...limits.burst };
  }

  /** Bytes that may go out now; one message may always take more than is left. */
  left(kind: Spending): number {
    const now = performance.now();
    const { burst, perSecond } = this.#limits;
    for (const each of ["text", "output"] as const) {
      this.#left[each] = Math.min(burst[each], this.#left[each] + ((now - this.#at) / 1000) * perSecond[each]);
    }
    this.#at = now;
    return this.#left[kind];
  }

  /** True where a message of this kind may go out now. */
  allows(kind: Spending, request: string): boolean {
    if (this.left(kind) <= 0 || this.isUsedUp(kind, request)) return false;
    const spent = this.#requests.get(request);
    return kind === "output" || spent === undefined || performance.now() - spent.at >= spent.text * pause;
  }

  /** True where a request has put out more than a page can hold. */
  isUsedUp(kind: Spending, request: string): boolean {
    return (this.#requests.get(request)?.[kind] ?? 0) > this.#limits.perRequest[kind];
  }

  /** @returns what the request has put out by now, where this was what used it up */
  spend(kind: Spending, request: string, bytes: number): number | undefined {
    const counted = kind === "output" ? Math.max(bytes, leastOutput) : bytes;
    this.#left[kind] = Math.max(this.left(kind) - counted, -this.#limits.burst[kind]);
    const before = this.isUsedUp(kind, request);
    const spent = this.#requests.get(request) ?? { text: 0, output: 0, at: 0 };
    spent[kind] += bytes;
    if (kind === "text") spent.at = performance.now();
    if (this.#requests.size < mostRequests) this.#requests.set(request, spent);
    return !before && this.isUsedUp(kind, request) ? spent[kind] : undefined;
  }

  /** The request has ended. */
  forget(request: string): void {
    this.#requests.delete(request);
  }
}
