import type { HostLink, RequestKind } from "./host-link.ts";

export interface Answer {
  detail: string;
  body: ArrayBuffer | undefined;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(reason: unknown): void;
}

/** Most requests that are with the host at one time; more wait here, where they count against the isolate's memory. */
const mostAtOnce = 64;

/** What this isolate has asked of its host and waits for. */
export class Requests {
  #host: HostLink;
  #waiting = new Map<number, Waiting>();
  #queue: (() => void)[] = [];
  #count = 0;

  constructor(host: HostLink) {
    this.#host = host;
  }

  /** Asks; `drop` gives up, with the reason the promise is then rejected with. */
  ask(kind: RequestKind, detail: string, body?: ArrayBuffer): { answer: Promise<Answer>; drop(reason: unknown): void } {
    const id = ++this.#count;
    const answer = new Promise<Answer>((resolve, reject) => {
      const send = () => {
        this.#waiting.set(id, { resolve, reject });
        this.#host.request(id, kind, detail, body);
      };
      if (this.#waiting.size < mostAtOnce) send();
      else this.#queue.push(send);
    });
    const drop = (reason: unknown) => {
      const waiting = this.#take(id);
      if (!waiting) return;
      this.#host.drop(id);
      waiting.reject(reason);
    };
    return { answer, drop };
  }

  /** The host's answer. `problem` is JSON: `{ name, message }`. */
  settle(id: number, problem: string | undefined, detail: string, body: ArrayBuffer | undefined): void {
    const waiting = this.#take(id);
    if (problem === undefined) waiting?.resolve({ detail, body });
    else waiting?.reject(new Problem(problem));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting) this.#queue.shift()?.();
    return waiting;
  }
}

/** The host's word for what went wrong, on its way to the one who asked. */
class Problem {
  readonly name: string;
  readonly message: string;

  constructor(detail: string) {
    ({ name: this.name, message: this.message } = JSON.parse(detail) as Problem);
  }
}

/**
 * Waits for an answer. The error of a failed one is made here, where V8 knows which line of the UDF waits.
 * @throws Error with the name and message the host gave
 */
export async function answered(asked: { answer: Promise<Answer> }): Promise<Answer> {
  try {
    return await asked.answer;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const { name, message } = problem;
    const error = name === "TypeError" ? new TypeError(message) : new Error(message);
    if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true });
    throw error;
  }
}
