import { setTimeout as sleep } from "node:timers/promises";
import type { RunError } from "../../engine/run-types.ts";
import { unpackValue } from "../../engine/values.ts";
import { unpackEncoded } from "../../engine/values/packed-value.ts";
import { FusedError, UdfTimeoutError } from "../errors.ts";
import { forCell, send, sendForJson, type ServiceAddress } from "./service.ts";

export type JobStatus = "queued" | "running" | "finished" | "failed" | "cancelled" | "timeout";

/** A job as the service tells of it. */
export interface JobRecord {
  job_id: string;
  status: JobStatus;
  reason?: string | null;
  udf_name: string;
  instance_type: string;
  created_at: string;
  started_at?: string | null;
  ended_at?: string | null;
  progress: { done: number; total: number };
  errors?: number;
}

/** One line of a job's log; `seq` counts up. */
export interface LogRecord {
  seq: number;
  timestamp_ms: number;
  /** `system`: what the service says of the job. */
  stream: "stdout" | "stderr" | "system";
  /** Which of the job's runs printed it. */
  item: number | null;
  message: string;
}

/** A job: its id, what `startJob` gave, or anything else that has its id. */
export type JobLike = string | { jobId: string } | { job_id: string };

export interface LogQuery {
  /** Lines since then, milliseconds since 1970. */
  sinceMs?: number;
}

export interface TailOptions {
  /** Pause between two looks. Default 1 s. */
  refreshSeconds?: number;
  /** Print the newest line of each look only. */
  sampleLogs?: boolean;
  /** Seconds. Default: none. */
  timeout?: number;
  file?: { write(text: string): unknown };
  signal?: AbortSignal;
}

export interface WaitForJobOptions {
  /** Default 5 s. */
  pollIntervalSeconds?: number;
  /** Seconds. Default: none. */
  timeout?: number;
  signal?: AbortSignal;
}

export interface JobResult {
  index: number;
  status: "ok" | "error" | "pending" | "cancelled";
  value?: unknown;
  error?: RunError;
  ms: number | null;
}

const linesAtOnce = 1000;
const ended: readonly JobStatus[] = ["finished", "failed", "cancelled", "timeout"];
export const hasEnded = ({ status }: { status: JobStatus }): boolean => ended.includes(status);

/** @throws TypeError for what is no job */
export function jobId(job: JobLike): string {
  const id = typeof job === "string" ? job : "job_id" in job ? job.job_id : job.jobId;
  if (typeof id === "string" && id.trim() !== "") return id;
  throw new TypeError("A job is its id, or what fused.api.startJob gave.");
}

const ifMissing = "fused.api.getJobs() lists your jobs.";
const pathOf = (job: JobLike, rest = "") => `/run/by-id/${encodeURIComponent(jobId(job))}${rest}`;

export function getJob(service: ServiceAddress, job: JobLike, signal?: AbortSignal): Promise<JobRecord> {
  return sendForJson(service, { method: "GET", path: pathOf(job) }, { ifMissing, signal });
}

export function cancelJob(service: ServiceAddress, job: JobLike): Promise<JobRecord> {
  return sendForJson(service, { method: "POST", path: pathOf(job, "/cancel"), isRepeatable: true }, { ifMissing });
}

/** Jobs, the newest first. */
export async function listJobs(
  service: ServiceAddress,
  { n = 5, skip = 0, perRequest = 25, maxRequests = 1 }: ListJobsOptions = {},
): Promise<JobRecord[]> {
  const found: JobRecord[] = [];
  const most = Math.min(n, perRequest * maxRequests);
  while (found.length < most) {
    const query = { n: Math.min(perRequest, most - found.length), skip: skip + found.length };
    const { jobs } = await sendForJson<{ jobs: JobRecord[] }>(service, { method: "GET", path: "/job/self", query });
    found.push(...jobs);
    if (jobs.length < query.n) break;
  }
  return found;
}

export interface ListJobsOptions {
  n?: number;
  skip?: number;
  perRequest?: number;
  maxRequests?: number;
}

/** All lines so far. */
export async function getLogs(service: ServiceAddress, job: JobLike, { sinceMs }: LogQuery = {}): Promise<LogRecord[]> {
  const lines: LogRecord[] = [];
  for (;;) {
    const query = { limit: linesAtOnce, after: lines.at(-1)?.seq ?? 0, since_ms: sinceMs };
    const path = `/logs/${encodeURIComponent(jobId(job))}`;
    const { logs } = await sendForJson<{ logs: LogRecord[] }>(service, { method: "GET", path, query }, { ifMissing });
    lines.push(...logs);
    if (logs.length < linesAtOnce) return lines;
  }
}

/** Lines as they come; with `follow` until the job has ended. None is lost or told twice: each has a number. */
export async function* followLogs(
  service: ServiceAddress,
  job: JobLike,
  { follow = false, signal }: { follow?: boolean; signal?: AbortSignal } = {},
): AsyncGenerator<LogRecord, void, undefined> {
  if (!follow) return yield* await getLogs(service, job);
  const path = `/logs/${encodeURIComponent(jobId(job))}/tail`;
  for (let after = 0; ;) {
    const query = { after, limit: linesAtOnce };
    const answer = sendForJson<{ logs: LogRecord[]; done: boolean }>(
      service,
      { method: "GET", path, query },
      { ifMissing, signal },
    );
    const { logs, done } = await answer;
    yield* logs;
    after = logs.at(-1)?.seq ?? after;
    if (done && logs.length < linesAtOnce) return;
  }
}

const lineText = ({ message }: LogRecord) => `${message.replace(/\r?\n$/, "")}\n`;

export async function printLogs(
  service: ServiceAddress,
  job: JobLike,
  { sinceMs, file = process.stdout }: LogQuery & { file?: { write(text: string): unknown } } = {},
): Promise<void> {
  for (const line of await getLogs(service, job, { sinceMs })) file.write(lineText(line));
}

/** Prints lines until the job has ended. @throws UdfTimeoutError after `timeout` */
export async function tailLogs(service: ServiceAddress, job: JobLike, options: TailOptions = {}): Promise<void> {
  const { refreshSeconds = 1, sampleLogs = false, timeout, file = process.stdout, signal } = options;
  const until = deadline(timeout);
  await forCell({ signal }, async (either) => {
    for (let after = 0; ;) {
      const state = await getJob(service, job, either);
      const query = { limit: linesAtOnce, after };
      const path = `/logs/${encodeURIComponent(jobId(job))}`;
      const { logs } = await sendForJson<{ logs: LogRecord[] }>(
        service,
        { method: "GET", path, query },
        { signal: either },
      );
      for (const line of sampleLogs ? logs.slice(-1) : logs) file.write(lineText(line));
      after = logs.at(-1)?.seq ?? after;
      if (logs.length === linesAtOnce) continue;
      if (hasEnded(state)) return;
      checkDeadline(until, job, timeout);
      await sleep(refreshSeconds * 1000, undefined, { signal: either });
    }
  });
}

/** Waits until the job has ended. @throws UdfTimeoutError after `timeout` */
export async function waitForJob(
  service: ServiceAddress,
  job: JobLike,
  { pollIntervalSeconds = 5, timeout, signal }: WaitForJobOptions = {},
): Promise<JobRecord> {
  const until = deadline(timeout);
  return forCell({ signal }, async (either) => {
    for (let pause = 0.1; ; pause = Math.min(pollIntervalSeconds, pause * 2)) {
      const state = await getJob(service, job, either);
      if (hasEnded(state)) return state;
      checkDeadline(until, job, timeout);
      // A job that is done at once is not waited for as long as one that takes hours.
      const rest = until === undefined ? Infinity : (until - Date.now()) / 1000;
      await sleep(Math.max(0, Math.min(pause, rest)) * 1000, undefined, { signal: either });
    }
  });
}

const deadline = (timeout: number | undefined) => (timeout === undefined ? undefined : Date.now() + timeout * 1000);

function checkDeadline(until: number | undefined, job: JobLike, timeout: number | undefined): void {
  if (until !== undefined && Date.now() >= until) {
    throw new UdfTimeoutError(
      `Job ${jobId(job)} has not ended within ${timeout} s. It goes on; fused.api.jobCancel ends it.`,
    );
  }
}

/** What came of each run of a job, in the order of its list. */
export async function getResults(service: ServiceAddress, job: JobLike): Promise<JobResult[]> {
  const answer = await send(service, { method: "GET", path: pathOf(job, "/results") }, { ifMissing });
  const [bytes, { decode }] = await Promise.all([answer.body.arrayBuffer(), import("@msgpack/msgpack")]);
  const rows = decode(new Uint8Array(bytes)) as (Omit<JobResult, "value"> & { value?: Uint8Array })[];
  if (!Array.isArray(rows)) throw new FusedError(`The results of job ${jobId(job)} cannot be read.`);
  return Promise.all(
    rows.map(async ({ value, ...row }) => {
      if (value === undefined) return row;
      // Decoded values are views of one buffer; tables want buffers that begin where they should.
      return { ...row, value: await unpackValue(unpackEncoded(value.slice())) };
    }),
  );
}
