import { availableParallelism } from "node:os";
import { IsolateSlot } from "./isolate-slot.ts";
import { defaultLimits } from "./limits.ts";
import { errorOfCancelling } from "./run-failure.ts";
import { RunQueues } from "./run-queues.ts";
import { runUdf, type HostOutcome, type HostRun } from "./run-udf.ts";

/** A run as a client asks for it. */
export type AskedRun = Omit<HostRun, "onWaiting" | "runNested">;

interface Queued {
  client: object;
  run: AskedRun;
  since: number;
  settle(outcome: HostOutcome, queued: number): void;
}

/** Isolates there may be for each core and each depth of runs in runs: more than one where runs wait for something. */
const slotsPerCore = 4;

/**
 * Gives runs to isolates. As many run at once as there are cores, not counting those that wait for the network or for runs
 * of their own. Runs are bounded at each depth by themselves, so that a run which waits for its own never stands in their way.
 */
export class Scheduler {
  #cores: number;
  #onCatastrophe: () => void;
  #queues = new RunQueues<Queued>();
  #idle: IsolateSlot[] = [];
  #slots = 0;
  /** Runs that have an isolate, by depth. */
  #busy: number[] = [];
  #running = 0;
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
  run(client: object, run: AskedRun): Promise<{ outcome: HostOutcome; queued: number }> {
    return new Promise((resolve) => {
      const onAbort = () => this.#leaveQueue(queued);
      const settle: Queued["settle"] = (outcome, time) => {
        run.signal.removeEventListener("abort", onAbort);
        resolve({ outcome, queued: time });
      };
      const queued: Queued = { client, run, since: performance.now(), settle };
      this.#queues.add(client, run.chain.length, queued);
      run.signal.addEventListener("abort", onAbort, { once: true });
      if (run.signal.aborted) onAbort();
      this.#fill();
    });
  }

  /** A run that was cancelled before its turn. */
  #leaveQueue(queued: Queued): void {
    const { client, run, since, settle } = queued;
    if (!this.#queues.remove(client, run.chain.length, queued)) return;
    settle({ error: errorOfCancelling(), times: { prepare: 0, run: 0, encode: 0 } }, performance.now() - since);
  }

  #fill(): void {
    while (this.#running - this.#waiting < this.#cores) {
      const next = this.#queues.next((depth) => (this.#busy[depth] ?? 0) < this.#cores * slotsPerCore);
      if (!next) return;
      void this.#runIn(this.#slotFor(next.run), next);
    }
  }

  async #runIn(slot: IsolateSlot, { client, run, since, settle }: Queued): Promise<void> {
    const depth = run.chain.length;
    this.#running++;
    this.#busy[depth] = (this.#busy[depth] ?? 0) + 1;
    const queued = performance.now() - since;
    let isWaiting = false;
    const onWaiting = (value: boolean) => {
      this.#waiting += Number(value) - Number(isWaiting);
      isWaiting = value;
      if (value) this.#fill();
    };
    const runNested: HostRun["runNested"] = async (nested) => (await this.run(client, nested)).outcome;
    const { outcome, atRest } = await runUdf(slot, { ...run, onWaiting, runNested });
    settle(outcome, queued);
    onWaiting(false);
    const isGood = this.#idle.length < this.#cores * slotsPerCore && (await slot.renew(atRest).catch(() => false));
    if (isGood) this.#idle.push(slot);
    else {
      slot.dispose();
      this.#slots--;
      this.warmUp();
    }
    this.#running--;
    this.#busy[depth]!--;
    this.#fill();
  }

  #slotFor({ udf, limits: { memoryMb } }: AskedRun): IsolateSlot {
    const keeping = this.#idle.findLastIndex((slot) => slot.memoryMb === memoryMb && slot.keeps(udf));
    const fitting = keeping >= 0 ? keeping : this.#idle.findLastIndex((slot) => slot.memoryMb === memoryMb);
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
