import { setTimeout as sleep } from "node:timers/promises";
import type { Engine, LogLine, RunOutcome, RunRequest } from "../../engine/run-types.ts";
import { detached } from "../cell-hooks.ts";
import { cancelJob, followLogs, getResults, hasEnded, getJob, type JobResult } from "./jobs.ts";
import { currentService, type ServiceAddress } from "./service.ts";
import { postJob, type StartJobOptions } from "./start-job.ts";

type BatchOptions = Pick<StartJobOptions, "instanceType" | "maxWorkers" | "nProcessesPerWorker" | "maxRetry">;

/** A run that waits for its job. */
interface Waiting {
  request: RunRequest;
  signal: AbortSignal | undefined;
  onLog: ((line: LogLine) => void) | undefined;
  settle(outcome: RunOutcome): void;
  fail(error: unknown): void;
  logs: LogLine[];
  isOver: boolean;
}

/** Runs that are asked for within this time become one job, milliseconds. */
const gathering = 20;
const noTimes = { queue: 0, prepare: 0, run: 0, encode: 0 };

/**
 * The service's batch machines as an engine. Runs of one UDF that are asked for together are one job, whose list the machines
 * share; each run still has its own outcome and output. When all runs of a job are aborted, the job is cancelled.
 */
export function openBatchEngine(options: BatchOptions): Engine {
  const groups = new Map<Uint8Array, Waiting[]>();
  return {
    run(request, { signal, onLog } = {}) {
      const { promise, resolve: settle, reject: fail } = Promise.withResolvers<RunOutcome>();
      const waiting: Waiting = { request, signal, onLog, settle, fail, logs: [], isOver: false };
      const group = groups.get(request.frame);
      if (group) group.push(waiting);
      else {
        const all = [waiting];
        groups.set(request.frame, all);
        detached(() =>
          setTimeout(() => {
            groups.delete(request.frame);
            void runJob(all, options);
          }, gathering),
        );
      }
      return promise;
    },
    close: async () => {},
  };
}

async function runJob(all: Waiting[], options: BatchOptions): Promise<void> {
  const service = currentService();
  const runs = all.filter((each) => !each.signal?.aborted);
  for (const each of all) if (each.signal?.aborted) end(each, cancelled(each));
  if (runs.length === 0) return;
  try {
    const { frame, limits } = runs[0]!.request;
    const timeout = limits?.timeoutMs ? limits.timeoutMs / 1000 : undefined;
    // A pool repeats what fails by itself.
    const items = runs.map(({ request }) => request.parameters);
    const job = await postJob(service, { frame, items, options: { maxRetry: 0, ...options, timeout } });
    watchAborts(service, job.job_id, runs);
    const following = follow(service, job.job_id, runs);
    let state = job;
    for (let pause = 100; !hasEnded(state); pause = Math.min(2000, pause * 1.5)) {
      await sleep(pause);
      state = await getJob(service, job.job_id);
    }
    await following;
    for (const result of await getResults(service, job.job_id)) {
      const run = runs[result.index];
      if (run) end(run, outcomeOf(run, result, state.reason ?? undefined));
    }
  } catch (error) {
    for (const each of runs) {
      if (!each.isOver) each.fail(error);
    }
  }
}

function watchAborts(service: ServiceAddress, jobId: string, runs: Waiting[]): void {
  for (const run of runs) {
    run.signal?.addEventListener(
      "abort",
      () => {
        end(run, cancelled(run));
        if (runs.every(({ isOver }) => isOver)) cancelJob(service, jobId).catch(() => {});
      },
      { once: true },
    );
  }
}

/** Passes lines on to the runs that printed them. That they cannot be had is no failure of the runs. */
async function follow(service: ServiceAddress, jobId: string, runs: Waiting[]): Promise<void> {
  try {
    for await (const { item, stream, message } of followLogs(service, jobId, { follow: true })) {
      const run = item === null ? undefined : runs[item];
      if (!run || run.isOver || stream === "system") continue;
      const line = { stream, text: `${message}\n` };
      run.logs.push(line);
      run.onLog?.(line);
    }
  } catch {
    // The outcome tells.
  }
}

function outcomeOf(run: Waiting, { status, value, error, ms }: JobResult, reason: string | undefined): RunOutcome {
  const times = { ...noTimes, run: ms ?? 0 };
  if (status === "ok") return { status: "ok", value, logs: run.logs, times, bytes: 0 };
  if (error) return { status: "error", error, logs: run.logs, times };
  if (status === "cancelled") return cancelled(run);
  const message = `The batch job ended before the run did${reason ? `: ${reason}` : "."}`;
  return {
    status: "error",
    error: { kind: "lost", name: "EngineLostError", message, stack: "" },
    logs: run.logs,
    times,
  };
}

function cancelled({ logs }: Waiting): RunOutcome {
  const error = { kind: "cancelled" as const, name: "AbortError", message: "The run was cancelled.", stack: "" };
  return { status: "error", error, logs, times: noTimes };
}

function end(run: Waiting, outcome: RunOutcome): void {
  if (run.isOver) return;
  run.isOver = true;
  run.settle(outcome);
}
