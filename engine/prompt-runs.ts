import type { RunContext, IsolateSlot } from "./isolate-slot.ts";
import type { Failure } from "./isolate/failure.ts";
import type { HostLink } from "./isolate/host-link.ts";
import type { FinishDetail } from "./isolate/isolate-run.ts";
import { moveIn } from "./move-in.ts";
import { errorOfCancelling, errorOfMemory, errorOfRejection, errorOfTimeout, errorOfUdf } from "./run-failure.ts";
import type { RunError } from "./run-types.ts";
import { isStray, takeBuffers, type HostOutcome, type HostRun } from "./run-udf.ts";

/** A run, and who wants its outcome. */
export interface PromptRun {
  run: HostRun;
  settle(outcome: HostOutcome): void;
}

/** Whether a run asks nothing of the host, so that it ends within the call that starts it: it may stand in a row. */
export function isPrompt({ udf, parameters }: Pick<HostRun, "udf" | "parameters">): boolean {
  const { keptGlobals } = udf;
  return keptGlobals?.every((name) => askNothing.has(name)) === true && parameters.buffers.length === 0;
}

const askNothing = new Set(["console", "performance", "queueMicrotask"]);

/**
 * Runs a row of runs of one UDF, one after another in its kept context, with one call into the isolate: to wake its thread
 * takes longer than a small run. A run that is ended by force takes the isolate along.
 * @returns the runs that have not begun, which are to be run elsewhere, and whether the context is as it was before
 */
export async function runPromptly(
  slot: IsolateSlot,
  context: RunContext,
  row: PromptRun[],
): Promise<{ unstarted: PromptRun[]; isAtRest: boolean }> {
  const active = new ActiveRow(slot, context, row);
  context.link.handler = active;
  try {
    return await active.runAll();
  } finally {
    active.close();
  }
}

class ActiveRow implements HostLink {
  #slot: IsolateSlot;
  #context: RunContext;
  #row: PromptRun[];
  /** Runs that have ended; the next one is the one that is on. */
  #ended = 0;
  #again: PromptRun[] = [];
  #since = performance.now();
  #deadline: NodeJS.Timeout | undefined;
  #forcedEnd: RunError | undefined;
  #lost = Promise.withResolvers<never>();
  #isSeen = false;
  #aborts: (() => void)[] = [];
  #taking: Promise<void>[] = [];

  constructor(slot: IsolateSlot, context: RunContext, row: PromptRun[]) {
    this.#slot = slot;
    this.#context = context;
    this.#row = row;
    this.#lost.promise.catch(() => {});
    slot.onLost = () => this.#lost.reject(new Error("The isolate was lost."));
    row.forEach(({ run }, i) => {
      const cancel = () => i === this.#ended && this.#cancel(i);
      run.signal.addEventListener("abort", cancel);
      this.#aborts.push(() => run.signal.removeEventListener("abort", cancel));
    });
  }

  async runAll(): Promise<{ unstarted: PromptRun[]; isAtRest: boolean }> {
    const [{ run: first }] = this.#row as [PromptRun];
    this.#watchTime();
    let isAtRest = true;
    try {
      const values = this.#row.flatMap(({ run: { parameters } }) => [
        parameters.hasTables,
        parameters.text,
        moveIn(parameters.body),
      ]);
      const call = this.#context.control.apply(undefined, ["startRow", ...first.startText, ...values] as never);
      await Promise.race([call, this.#lost.promise]);
      await Promise.all(this.#taking);
    } catch (error) {
      isAtRest = false;
      const current = this.#row[this.#ended];
      if (current) this.#settleCurrent({ error: this.#errorOf(error, current.run), times: this.#times() });
    }
    if (isAtRest && this.#ended < this.#row.length) {
      // It waits for what will never come. Nothing of it is going on, so nobody else need wait with it.
      isAtRest = false;
      const stuck = this.#row[this.#ended++]!;
      void outlast(stuck);
    }
    return { unstarted: [...this.#again, ...this.#row.slice(this.#ended)], isAtRest };
  }

  close(): void {
    clearTimeout(this.#deadline);
    for (const forget of this.#aborts) forget();
    this.#slot.onLost = undefined;
    this.#context.link.handler = undefined;
  }

  finish(status: unknown, detail: unknown, text: unknown, body: unknown): void {
    const at = this.#ended;
    const current = this.#row[at];
    if (!current) return;
    const { run } = current;
    const told = JSON.parse(String(detail)) as FinishDetail | Failure;
    const isOk = status === "ok" && typeof text === "string" && body instanceof ArrayBuffer;
    const times = this.#times();
    if (isStray(isOk ? { detail: told as FinishDetail, text, body } : { failure: told as Failure })) {
      run.udf.keptGlobals = undefined;
      if (!this.#isSeen) {
        this.#again.push(current);
        return this.#next();
      }
    }
    if (!isOk) return this.#settleCurrent({ error: errorOfUdf(told as Failure, run.udf, run.limits), times });
    const { buffers: count, hasTables, bytes, encode } = told as FinishDetail;
    times.encode = Math.min(encode, times.run);
    times.run -= times.encode;
    const value = { text, body: new Uint8Array(body), buffers: [] as Uint8Array[], hasTables };
    if (count === 0) return this.#settleCurrent({ value, bytes, times });
    this.#next();
    this.#taking.push(
      takeBuffers(this.#context, count, at).then(
        (buffers) => current.settle({ value: { ...value, buffers }, bytes, times }),
        (error: unknown) => current.settle({ error: this.#errorOf(error, run), times }),
      ),
    );
  }

  log(stream: unknown, text: unknown): void {
    this.#isSeen = true;
    this.#row[this.#ended]?.run.onLog({ stream: stream === "stderr" ? "stderr" : "stdout", text: String(text) });
  }

  /** What these runs have no means to ask. */
  arm(): void {}
  request(): void {}
  drop(): void {}
  random = (): ArrayBuffer => new ArrayBuffer(0);
  url = (): undefined => undefined;
  secret = (): undefined => undefined;

  #settleCurrent(outcome: HostOutcome): void {
    const current = this.#row[this.#ended]!;
    this.#next();
    current.settle(outcome);
  }

  #next(): void {
    this.#ended++;
    this.#isSeen = false;
    this.#since = performance.now();
    this.#watchTime();
    this.#cancel(this.#ended);
  }

  /** The time of the run that is on begins where that of the one before it ended. */
  #watchTime(): void {
    const { timeoutMs } = this.#row[0]!.run.limits;
    if (timeoutMs === 0) return;
    if (this.#deadline) return void this.#deadline.refresh();
    this.#deadline = setTimeout(() => this.#endByForce(errorOfTimeout(timeoutMs)), timeoutMs);
  }

  #times() {
    return { prepare: 0, run: performance.now() - this.#since, encode: 0 };
  }

  #errorOf(error: unknown, { limits, udf }: HostRun): RunError {
    if (this.#forcedEnd) return this.#forcedEnd;
    return this.#slot.isGone ? errorOfMemory(limits) : errorOfRejection(error, udf, limits);
  }

  /** A cancelled run ends with its isolate, when it is its turn. */
  #cancel(at: number): void {
    if (this.#row[at]?.run.signal.aborted) this.#endByForce(errorOfCancelling());
  }

  #endByForce(error: RunError): void {
    this.#forcedEnd ??= error;
    this.#slot.dispose();
    this.#lost.reject(new Error(error.message));
  }
}

/** Ends a run that nothing goes on of, when its time is up or it is cancelled. */
async function outlast({ run: { signal, limits }, settle }: PromptRun): Promise<void> {
  const { timeoutMs } = limits;
  const times = { prepare: 0, run: timeoutMs, encode: 0 };
  let timer: NodeJS.Timeout | undefined;
  const error = await new Promise<RunError>((resolve) => {
    if (timeoutMs > 0) timer = setTimeout(() => resolve(errorOfTimeout(timeoutMs)), timeoutMs);
    signal.addEventListener("abort", () => resolve(errorOfCancelling()), { once: true });
    if (signal.aborted) resolve(errorOfCancelling());
  });
  clearTimeout(timer);
  settle({ error, times });
}
