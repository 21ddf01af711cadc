import { randomBytes } from "node:crypto";
import { depthHeader, fetchForUdf, type FetchRequest } from "./host-fetch.ts";
import type { RunContext, IsolateSlot } from "./isolate-slot.ts";
import type { Failure } from "./isolate/failure.ts";
import type { HostLink } from "./isolate/host-link.ts";
import type { FinishDetail } from "./isolate/isolate-run.ts";
import { moveIn } from "./move-in.ts";
import { NestedRuns } from "./nested/nested-runs.ts";
import { findImport, readDataset } from "./packages.ts";
import { errorOfCancelling, errorOfTimeout } from "./run-failure.ts";
import type { RunError } from "./run-types.ts";
import type { HostRun } from "./run-udf.ts";
import { urlParts } from "./url-parts.ts";
import { RunFunctions } from "./host-functions/run-functions.ts";

export type Ending = { detail: FinishDetail; text: string; body: ArrayBuffer } | { failure: Failure };

/** Most requests that one run may have with the host at a time; an honest isolate keeps to fewer. */
const mostRequests = 256;
const mostRandomBytes = 65_536;

/**
 * A run while it is on: answers what the code in the isolate asks for, and ends it by force when its time is up or it is
 * cancelled. Whatever comes from the isolate may be hostile.
 */
export class ActiveRun implements HostLink {
  /** Why the run was ended from outside, if it was. */
  forcedEnd: RunError | undefined;
  #slot: IsolateSlot;
  #run: HostRun;
  #context: RunContext | undefined;
  #ended = Promise.withResolvers<Ending>();
  #deadline: NodeJS.Timeout | undefined;
  #alarm: NodeJS.Timeout | undefined;
  #requests = new Map<number, AbortController>();
  /** Undefined where the run may use nothing of this machine. */
  #functions: RunFunctions | undefined;
  readonly nested: NestedRuns;
  #isClosed = false;
  #waiting = 0;
  /** Calls into the isolate that it has not come back from: microtasks may still be on. */
  #calls = new Set<Promise<unknown>>();
  /** Nobody beside the run has seen anything of it yet: no output, nothing asked of the host. */
  isUnseen = true;

  constructor(slot: IsolateSlot, run: HostRun) {
    this.#slot = slot;
    this.#run = run;
    this.nested = new NestedRuns(run);
    const { access, network, onLog } = run;
    if (access) this.#functions = new RunFunctions({ access, network, onLog });
    this.#ended.promise.catch(() => {});
    run.signal.addEventListener("abort", this.#cancel);
    if (run.signal.aborted) this.#cancel();
  }

  /** Starts the UDF. @throws what isolated-vm throws when the isolate ends */
  start(context: RunContext, values: unknown[]): Promise<Ending> {
    const { timeoutMs } = this.#run.limits;
    if (this.forcedEnd) throw new Error("cancelled");
    this.#context = context;
    context.link.handler = this;
    this.#slot.onLost = () => this.#ended.reject(new Error("The isolate was lost."));
    if (timeoutMs > 0) this.#deadline = setTimeout(() => this.#endByForce(errorOfTimeout(timeoutMs)), timeoutMs);
    this.#call(["start", ...values]);
    return this.#ended.promise;
  }

  /**
   * Waits until the isolate does nothing more for a run that is over.
   * @returns whether nothing is left that could come back later: no timer, no request
   */
  async atRest(): Promise<boolean> {
    const isQuiet = this.#alarm === undefined && this.#requests.size === 0;
    await Promise.all(this.#calls);
    return isQuiet && this.forcedEnd === undefined && !this.#slot.isGone;
  }

  /** Lets go of everything that the run has with the host. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#alarm);
    this.#run.signal.removeEventListener("abort", this.#cancel);
    this.#slot.onLost = undefined;
    if (this.#context) this.#context.link.handler = undefined;
    for (const request of this.#requests.values()) request.abort();
    this.#functions?.close();
  }

  finish(status: unknown, detail: unknown, text: unknown, body: unknown): void {
    if (status === "ok" && typeof text === "string" && body instanceof ArrayBuffer) {
      this.#ended.resolve({ detail: JSON.parse(String(detail)) as FinishDetail, text, body });
    } else this.#ended.resolve({ failure: JSON.parse(this.#masked(String(detail))) as Failure });
  }

  log(stream: unknown, text: unknown): void {
    this.isUnseen = false;
    this.#run.onLog({ stream: stream === "stderr" ? "stderr" : "stdout", text: this.#masked(String(text)) });
  }

  arm(milliseconds: unknown): void {
    clearTimeout(this.#alarm);
    this.#alarm = setTimeout(() => {
      this.#alarm = undefined;
      this.#call(["fire"]);
    }, Number(milliseconds));
  }

  random(count: unknown): ArrayBuffer {
    return new Uint8Array(randomBytes(Math.min(Number(count) || 0, mostRandomBytes))).buffer;
  }

  url(detail: unknown): string | undefined {
    return urlParts(String(detail));
  }

  secret(name: unknown): string | undefined {
    return this.#functions?.secret(String(name));
  }

  #masked(text: string): string {
    return this.#functions?.mask(text) ?? text;
  }

  drop(id: unknown): void {
    this.#requests.get(Number(id))?.abort();
  }

  request(id: unknown, kind: unknown, detail: unknown, body: unknown): void {
    this.isUnseen = false;
    void this.#answer(Number(id), String(kind), String(detail), body instanceof ArrayBuffer ? body : undefined);
  }

  async #answer(id: number, kind: string, detail: string, body: ArrayBuffer | undefined): Promise<void> {
    const abort = new AbortController();
    try {
      if (this.#requests.size >= mostRequests)
        throw new RangeError(`A run may have ${mostRequests} requests at a time.`);
      this.#requests.set(id, abort);
      if (kind === "fetch") await this.#answerFetch(id, detail, body, abort.signal);
      else if (kind === "call") await this.#answerCall(id, detail, body, abort.signal);
      else if (kind === "run") await this.#answerRun(id, detail, body, abort.signal);
      else if (kind === "import") await this.#answerImport(id, detail);
      else if (kind === "dataset") this.#reply(id, undefined, "", await readDataset(detail));
      else throw new TypeError(`The host knows no request of kind ${kind}.`);
    } catch (error) {
      const { name, message } = error as Error;
      this.#reply(id, JSON.stringify({ name, message }), "");
    } finally {
      this.#requests.delete(id);
    }
  }

  async #answerFetch(id: number, detail: string, body: ArrayBuffer | undefined, signal: AbortSignal): Promise<void> {
    if (this.#waiting++ === 0) this.#run.onWaiting(true);
    try {
      const request = depthTold(JSON.parse(detail) as FetchRequest, this.#run);
      const { body: received, ...answer } = await fetchForUdf(request, body, this.#run.network, signal);
      this.#reply(id, undefined, JSON.stringify(answer), new Uint8Array(received));
    } finally {
      if (--this.#waiting === 0) this.#run.onWaiting(false);
    }
  }

  async #answerCall(id: number, detail: string, body: ArrayBuffer | undefined, signal: AbortSignal): Promise<void> {
    if (!this.#functions)
      throw new Error("This run may use nothing of the engine's machine: no files, cache or secrets.");
    if (this.#waiting++ === 0) this.#run.onWaiting(true);
    try {
      const answer = await this.#functions.answer(detail, body, signal);
      this.#reply(id, undefined, answer.detail, answer.body);
    } finally {
      if (--this.#waiting === 0) this.#run.onWaiting(false);
    }
  }

  async #answerRun(id: number, detail: string, body: ArrayBuffer | undefined, signal: AbortSignal): Promise<void> {
    if (this.#waiting++ === 0) this.#run.onWaiting(true);
    try {
      const answer = await this.nested.answer(detail, body, signal);
      this.#reply(id, undefined, answer.detail, answer.body);
    } finally {
      if (--this.#waiting === 0) this.#run.onWaiting(false);
    }
  }

  async #answerImport(id: number, name: string): Promise<void> {
    const found = await findImport(name);
    if (found.kind === "code") {
      await this.#slot.addPackage(this.#context!, name);
      this.#reply(id, undefined, "code");
    } else if (found.kind === "data") this.#reply(id, undefined, "data", found.bytes.slice());
    else this.#reply(id, undefined, found.kind + found.text);
  }

  #reply(id: number, problem: string | undefined, detail: string, bytes?: Uint8Array): void {
    this.#call(["reply", id, problem, detail, ...(bytes ? [moveIn(bytes)] : [])]);
  }

  #call(values: [string, ...unknown[]]): void {
    if (this.#isClosed || !this.#context) return;
    const call = this.#context.control.apply(undefined, values as never).catch((error: unknown) => {
      if (this.#slot.isGone) return this.#ended.reject(error);
      // A promise that was rejected with nobody to handle it: it ends the run as it would end a process.
      const { name, message, stack } = Object(error) as Error;
      const failure: Failure = {
        kind: "runtime",
        name: name ?? "Error",
        message: message ?? String(error),
        stack: stack ?? "",
      };
      this.#ended.resolve({ failure });
    });
    this.#calls.add(call);
    void call.then(() => this.#calls.delete(call));
  }

  #cancel = (): void => this.#endByForce(errorOfCancelling());

  #endByForce(error: RunError): void {
    if (this.#isClosed) return;
    this.forcedEnd ??= error;
    this.#slot.dispose();
    this.#ended.reject(new Error(error.message));
  }
}

/**
 * The request with how deep its run stands, for a host on a private address that it may reach: if that is the service which runs
 * it, a UDF that asks for itself meets the limit of runs in one another.
 */
function depthTold(request: FetchRequest, { network, chain }: HostRun): FetchRequest {
  const headers = request.headers.filter(([name]) => name.toLowerCase() !== depthHeader);
  const { host, hostname } = URL.parse(request.url) ?? {};
  const isOurs = network.allowPrivate?.some((each) => each === host || each === hostname) === true;
  return { ...request, headers: isOurs ? [...headers, [depthHeader, String(chain.length + 1)]] : headers };
}
