import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { packageRoot, runsFromSource } from "../../kernelspec/package-root.ts";
import { HttpError } from "../http/http-error.ts";
import type { FromAnswer, ToAnswer } from "./answer-thread.ts";

const program = runsFromSource
  ? join(packageRoot, "service", "realtime", "answer-thread.ts")
  : join(packageRoot, "dist", "answer-thread.js");

const mostThreads = 2;
/** Values that wait for a thread, of all teams and of one; their bytes together. */
const mostWaiting = 32;
const mostWaitingOfTeam = 16;
const mostWaitingBytes = 512 * 2 ** 20;
/** A thread without work ends after so long, milliseconds. */
const idleMilliseconds = 20_000;

export interface AnswerThreads {
  /**
   * Writes a value in a thread. The value's buffers are the thread's from then on.
   * @throws HttpError 422 as `answerValue`, 499 where nobody waits any more, 500 or 507 where the thread died, 503 where too many
   * wait, 504 beyond the time limit
   */
  answer(task: ToAnswer, asked: { signal: AbortSignal; teamId: string }): Promise<Written>;
  /** Ends the threads, whatever they do. */
  close(): Promise<void>;
}

type Written = Extract<FromAnswer, { answer: unknown } | { unreadable: unknown }>;

interface Waiting {
  task: ToAnswer;
  teamId: string;
  bytes: number;
  /** Gives the value to a thread. */
  begin(thread: Worker): void;
}

/**
 * Threads that write large values, started when there is one. A team that has one under way lets others go first.
 * @param limits `seconds` one writing may take; `memoryMb` of a thread's heap
 */
export function openAnswerThreads({ seconds, memoryMb = 1024 }: { seconds: number; memoryMb?: number }): AnswerThreads {
  const idle = new Map<Worker, NodeJS.Timeout>();
  const busy = new Map<Worker, string>();
  const waiting: Waiting[] = [];

  const rest = (thread: Worker) => {
    busy.delete(thread);
    const timer = setTimeout(() => {
      idle.delete(thread);
      void thread.terminate();
    }, idleMilliseconds);
    idle.set(thread, timer.unref());
    next();
  };
  const end = (thread: Worker) => {
    busy.delete(thread);
    clearTimeout(idle.get(thread));
    idle.delete(thread);
    void thread.terminate();
    next();
  };
  const start = () => {
    const thread = new Worker(program, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    thread.unref();
    // One that dies between two values is not used again.
    thread.once("error", () => {});
    thread.once("exit", () => end(thread));
    return thread;
  };
  const next = () => {
    if (waiting.length === 0 || busy.size >= mostThreads) return;
    const teams = new Set(busy.values());
    const at = Math.max(
      0,
      waiting.findIndex(({ teamId }) => !teams.has(teamId)),
    );
    const [first] = waiting.splice(at, 1);
    const [thread = start()] = idle.keys();
    clearTimeout(idle.get(thread));
    idle.delete(thread);
    busy.set(thread, first!.teamId);
    first!.begin(thread);
  };

  const checkRoom = (teamId: string, bytes: number) => {
    const ofTeam = waiting.filter((each) => each.teamId === teamId).length;
    const waitingBytes = waiting.reduce((sum, each) => sum + each.bytes, bytes);
    const hasRoom = waiting.length < mostWaiting && ofTeam < mostWaitingOfTeam && waitingBytes <= mostWaitingBytes;
    if (hasRoom || waiting.length === 0) return;
    const message = "More large results are waiting here to be written than can be taken.";
    throw new HttpError(503, "ServiceUnavailable", message, {}, { "Retry-After": "5" });
  };

  return {
    async answer(task, { signal, teamId }) {
      const cancelled = () => new HttpError(499, "Cancelled", "The request was cancelled.");
      if (signal.aborted) throw cancelled();
      const bytes = sizeOf(task);
      checkRoom(teamId, bytes);
      const { promise, resolve, reject } = Promise.withResolvers<FromAnswer>();
      let thread: Worker | undefined;
      let timer: NodeJS.Timeout | undefined;
      const fail = (error: Error) => reject(explainDeath(error, task, memoryMb));
      const exit = () =>
        reject(new HttpError(500, "EngineLostError", `Writing the result as ${formatOf(task)} was broken off.`));
      const entry: Waiting = {
        task,
        teamId,
        bytes,
        begin(given) {
          thread = given;
          timer = setTimeout(() => reject(tooLong(task, seconds)), seconds * 1000);
          given.once("message", resolve).once("error", fail).once("exit", exit);
          const own = ownBuffers(task);
          given.postMessage(own.task, own.buffers);
        },
      };
      const leave = () => reject(cancelled());
      signal.addEventListener("abort", leave, { once: true });
      waiting.push(entry);
      next();
      try {
        const done = await promise;
        if (thread) rest(thread.off("error", fail).off("exit", exit));
        if ("failed" in done) throw new Error(done.failed);
        if ("refused" in done) {
          const { status, type, message, fields } = done.refused;
          throw new HttpError(status, type, message, fields);
        }
        return done;
      } catch (error) {
        const at = waiting.indexOf(entry);
        if (at >= 0) waiting.splice(at, 1);
        if (thread && busy.has(thread)) end(thread);
        throw error;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
      }
    },
    async close() {
      waiting.length = 0;
      const threads = [...idle.keys(), ...busy.keys()];
      for (const timer of idle.values()) clearTimeout(timer);
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

const formatOf = ({ formats }: ToAnswer) => formats[0] ?? "a file";

function tooLong(task: ToAnswer, seconds: number): HttpError {
  const message = `Writing the result as ${formatOf(task)} took longer than ${seconds} s, the limit of a run.`;
  return new HttpError(504, "UdfTimeoutError", `${message} ${instead}`);
}

const instead = "Ask for fewer rows or pixels, or for a format that is written sooner: arrow, csv, npy.";

function explainDeath(error: Error & { code?: string }, task: ToAnswer, memoryMb: number): HttpError {
  if (error.code !== "ERR_WORKER_OUT_OF_MEMORY") {
    return new HttpError(500, "EngineLostError", `Writing the result ended with an error: ${error.message}`);
  }
  return new HttpError(
    507,
    "UdfMemoryError",
    `Writing the result as ${formatOf(task)} takes more than ${memoryMb} MB. ${instead}`,
  );
}

function sizeOf({ encoded: { text, body, buffers } }: ToAnswer): number {
  return buffers.reduce((sum, { length }) => sum + length, text.length * 2 + body.length);
}

/** The task with buffers that nobody else uses: a view of a shared one would bring all of it along. */
function ownBuffers({ encoded, ...rest }: ToAnswer): { task: ToAnswer; buffers: ArrayBuffer[] } {
  const own = (view: Uint8Array) => (view.byteLength === view.buffer.byteLength ? view : Uint8Array.from(view));
  const body = own(encoded.body);
  const views = encoded.buffers.map(own);
  const buffers = new Set([body, ...views].map(({ buffer }) => buffer as ArrayBuffer));
  return { task: { ...rest, encoded: { ...encoded, body, buffers: views } }, buffers: [...buffers] };
}
