import { availableParallelism } from "node:os";
import { IsolateSlot } from "./isolate-slot.ts";
import { defaultLimits } from "./limits.ts";
import { errorOfCancelling } from "./run-failure.ts";
import { runUdf, type HostOutcome, type HostRun } from "./run-udf.ts";

interface Queued {
  run: HostRun;
  since: number;
  settle(outcome: HostOutcome, queued: number): void;
}

/** Isolates there may be for each core: more than one where runs wait for the network. */
const slotsPerCore = 4;

/**
 * Gives runs to isolates. As many run at once as there are cores, not counting those that wait for the network; clients
 * take turns, whatever the length of their queues.
 */
export class Scheduler {
  #cores: number;
  #onCatastrophe: () => void;
  /** Clients with queued runs; the first is next. */
  #queues = new Map<object, Queued[]>();
  #idle: IsolateSlot[] = [];
  #slots = 0;
  #busy = 0;
  #waiting = 0;

  /** `onCatastrophe`: a thread of this process is lost for good. */
  constructor(onCatastrophe: () => void, cores: number = availableParallelism()) {
    this.#cores = cores;
    this.#onCatastrophe = onCatastrophe;
  }

  /** Makes isolates ready before anybody asks. */
  warmUp(): void {
    while (this.#slots < this.#cores) this.#idle.push(this.#newSlot(defaultLimits.memoryMb));
  }

  /** Runs when it is this client's turn. A run that is cancelled while it waits ends at once. */
  run(client: object, run: HostRun): Promise<{ outcome: HostOutcome; queued: number }> {
    return new Promise((resolve) => {
      const settle: Queued["settle"] = (outcome, queued) => resolve({ outcome, queued });
      const queue = this.#queues.get(client) ?? [];
      const queued: Queued = { run, since: performance.now(), settle };
      this.#queues.set(client, queue);
      queue.push(queued);
      run.signal.addEventListener("abort", () => this.#leaveQueue(client, queued), { once: true });
      this.#fill();
    });
  }

  /** A run that was cancelled before its turn. */
  #leaveQueue(client: object, queued: Queued): void {
    const queue = this.#queues.get(client);
    const at = queue?.indexOf(queued) ?? -1;
    if (at < 0) return;
    queue!.splice(at, 1);
    if (queue!.length === 0) this.#queues.delete(client);
    queued.settle(
      { error: errorOfCancelling(), times: { prepare: 0, run: 0, encode: 0 } },
      performance.now() - queued.since,
    );
  }

  #fill(): void {
    while (this.#busy - this.#waiting < this.#cores && this.#busy < this.#cores * slotsPerCore) {
      const next = this.#next();
      if (!next) return;
      const slot = this.#slotFor(next.run.limits.memoryMb);
      this.#busy++;
      void this.#runIn(slot, next);
    }
  }

  async #runIn(slot: IsolateSlot, { run, since, settle }: Queued): Promise<void> {
    const queued = performance.now() - since;
    let isWaiting = false;
    const onWaiting = (value: boolean) => {
      this.#waiting += Number(value) - Number(isWaiting);
      isWaiting = value;
      if (value) this.#fill();
    };
    settle(await runUdf(slot, { ...run, onWaiting }), queued);
    onWaiting(false);
    if (await slot.renew().catch(() => false)) this.#idle.push(slot);
    else {
      slot.dispose();
      this.#slots--;
      this.warmUp();
    }
    this.#busy--;
    this.#fill();
  }

  /** The first run of the client whose turn it is; that client goes to the end of the row. */
  #next(): Queued | undefined {
    const [first] = this.#queues;
    if (!first) return undefined;
    const [client, queue] = first;
    const next = queue.shift();
    this.#queues.delete(client);
    if (queue.length > 0) this.#queues.set(client, queue);
    return next;
  }

  #slotFor(memoryMb: number): IsolateSlot {
    const fitting = this.#idle.findLastIndex((slot) => slot.memoryMb === memoryMb);
    if (fitting >= 0) return this.#idle.splice(fitting, 1)[0]!;
    if (this.#slots >= this.#cores) {
      const spare = this.#idle.shift();
      spare?.dispose();
      if (spare) this.#slots--;
    }
    return this.#newSlot(memoryMb);
  }

  #newSlot(memoryMb: number): IsolateSlot {
    this.#slots++;
    return new IsolateSlot(memoryMb, this.#onCatastrophe);
  }
}
