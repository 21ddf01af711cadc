import { availableParallelism } from "node:os";
import type { CompiledUdf } from "./compile.ts";
import { IsolateSlot, type RunContext } from "./isolate-slot.ts";
import { defaultLimits } from "./limits.ts";
import { isPrompt, runPromptly } from "./prompt-runs.ts";
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

/** Runs that may stand in a row, and how long the row may take, milliseconds: so long another client may wait for it. */
const mostInRow = 32;
const rowTime = 2;
const unasked = () => Promise.reject(new Error("This run asks for no others."));

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
  /** How long a run of a UDF took of late, milliseconds. */
  #paces = new WeakMap<CompiledUdf, number>();

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
      const slot = this.#slotFor(next.run);
      const context = isPrompt(next.run) ? slot.takeKept(next.run.udf) : undefined;
      if (context) void this.#runRow(slot, context, next);
      else void this.#runIn(slot, next);
    }
  }

  async #runIn(slot: IsolateSlot, { client, run, since, settle }: Queued): Promise<void> {
    const depth = run.chain.length;
    this.#begin(depth);
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
    await this.#end(slot, depth, atRest);
  }

  /** Runs that ask nothing of the host go into the isolate several at once, as many as are over soon. */
  async #runRow(slot: IsolateSlot, context: RunContext, first: Queued): Promise<void> {
    const { client, run } = first;
    const { udf, startText } = run;
    const depth = run.chain.length;
    this.#begin(depth);
    const share = Math.ceil((this.#queues.length(client) + 1) / this.#cores);
    const inTime = Math.floor(rowTime / (this.#paces.get(udf) ?? rowTime));
    const most = Math.min(mostInRow, share, inTime) - 1;
    const isAlike = (each: Queued) => each.run.startText === startText && isPrompt(each.run);
    const others = depth === 0 && most > 0 ? this.#queues.takeAlike(client, most, isAlike) : [];
    const begun = performance.now();
    const row = [first, ...others].map((each) => {
      const queued = begun - each.since;
      const settle = (outcome: HostOutcome) => each.settle(outcome, queued);
      return { queued: each, run: { ...each.run, onWaiting: () => {}, runNested: unasked }, settle };
    });
    const { unstarted, isAtRest } = await runPromptly(slot, context, row);
    this.#paces.set(udf, (performance.now() - begun) / Math.max(1, row.length - unstarted.length));
    if (unstarted.length > 0)
      this.#putBack(
        client,
        row.flatMap((each) => (unstarted.includes(each) ? each.queued : [])),
      );
    await this.#end(slot, depth, async () => isAtRest);
  }

  #putBack(client: object, unstarted: Queued[]): void {
    const depth = unstarted[0]!.run.chain.length;
    if (depth === 0) this.#queues.putBack(client, unstarted);
    else for (const each of unstarted) this.#queues.add(client, depth, each);
    for (const each of unstarted) if (each.run.signal.aborted) this.#leaveQueue(each);
  }

  #begin(depth: number): void {
    this.#running++;
    this.#busy[depth] = (this.#busy[depth] ?? 0) + 1;
  }

  async #end(slot: IsolateSlot, depth: number, atRest: () => Promise<boolean>): Promise<void> {
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
