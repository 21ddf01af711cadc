import { inspect } from "node:util";
import { displaySink } from "../display-sink.ts";
import type { RunError } from "../../engine/run-types.ts";
import { FusedError } from "../errors.ts";
import {
  cancelJob,
  getJob,
  getLogs,
  getResults,
  hasEnded,
  jobId,
  printLogs,
  followLogs,
  tailLogs,
  waitForJob,
  type JobLike,
  type JobRecord,
  type JobResult,
  type JobStatus,
  type LogQuery,
  type LogRecord,
  type TailOptions,
  type WaitForJobOptions,
} from "./jobs.ts";
import { jobCard } from "./job-card.ts";
import { currentService, type ServiceAddress } from "./service.ts";

/** A batch job of the service (fused-spec.md 16), as it was when last asked for. */
export class RunResponse {
  readonly #service: ServiceAddress;
  #record: JobRecord;

  constructor(service: ServiceAddress, record: JobRecord) {
    this.#service = service;
    this.#record = record;
  }

  /** The job of an id, or of another response. @throws NotFoundError */
  static async fromJobId(job: JobLike, service: ServiceAddress = currentService()): Promise<RunResponse> {
    return new RunResponse(service, await getJob(service, job));
  }

  get jobId(): string {
    return this.#record.job_id;
  }
  /** The same under the name that the service has for it. */
  get job_id(): string {
    return this.#record.job_id;
  }
  get status(): JobStatus {
    return this.#record.status;
  }
  get progress(): { done: number; total: number } {
    return this.#record.progress;
  }
  get udfName(): string {
    return this.#record.udf_name;
  }
  get instanceType(): string {
    return this.#record.instance_type;
  }
  /** Why it ended as it did, where there is more to say than its status. */
  get reason(): string | undefined {
    return this.#record.reason ?? undefined;
  }
  get createdAt(): string {
    return this.#record.created_at;
  }
  get startedAt(): string | undefined {
    return this.#record.started_at ?? undefined;
  }
  get endedAt(): string | undefined {
    return this.#record.ended_at ?? undefined;
  }

  /** Its state now, as another response. */
  getStatus(): Promise<RunResponse> {
    return RunResponse.fromJobId(this, this.#service);
  }
  /** Its state now, in this one. */
  async refreshStatus(): Promise<this> {
    this.#record = await getJob(this.#service, this);
    return this;
  }
  getLogs(query?: LogQuery): Promise<LogRecord[]> {
    return getLogs(this.#service, this, query);
  }
  printLogs(query?: LogQuery & { file?: { write(text: string): unknown } }): Promise<void> {
    return printLogs(this.#service, this, query);
  }
  tailLogs(options?: TailOptions): Promise<void> {
    return tailLogs(this.#service, this, { sampleLogs: true, ...options });
  }
  /** Lines of the log; with `follow` until the job has ended: `for await (const line of job.logs({ follow: true }))`. */
  logs(options?: { follow?: boolean; signal?: AbortSignal }): AsyncGenerator<LogRecord, void, undefined> {
    return followLogs(this.#service, this, options);
  }
  /** Seconds between its first and its last line so far; undefined where it has written nothing. */
  async getExecTime(): Promise<number | undefined> {
    return execTime(await this.getLogs());
  }
  /** Shows it in one card with its newest lines, which changes until it has ended; gives it as it is then. */
  async follow({ signal }: { signal?: AbortSignal } = {}): Promise<RunResponse> {
    const { followJob } = await import("./follow-job.ts");
    const ended = new RunResponse(this.#service, await followJob(this.#service, this, signal));
    // Where there is a card, it has shown how the job ended: as a cell's value it would do so again.
    return displaySink() ? Object.defineProperty(ended, Symbol.for("Jupyter.display"), { value: () => ({}) }) : ended;
  }
  async waitForJob(options?: WaitForJobOptions): Promise<RunResponse> {
    return new RunResponse(this.#service, await waitForJob(this.#service, this, options));
  }
  /** Stops it; gives its new state. Harmless for one that has ended. */
  async cancel(): Promise<RunResponse> {
    return new RunResponse(this.#service, await cancelJob(this.#service, this));
  }
  /**
   * What its runs gave, in the order of the list.
   * @throws the error of the first run that failed, UdfRuntimeError or another; FusedError where it has not ended; with `returnExceptions` errors are among the values
   */
  async getResults({ returnExceptions = false }: { returnExceptions?: boolean } = {}): Promise<unknown[]> {
    const [results, { classOfKind }] = await Promise.all([getResults(this.#service, this), import("../run-error.ts")]);
    return results.map((each) => {
      if (each.status === "ok") return each.value;
      const error = this.#errorOf(each, classOfKind);
      if (returnExceptions) return error;
      throw error;
    });
  }

  #errorOf({ index, status, error }: JobResult, classOf: (kind: RunError["kind"]) => typeof FusedError): FusedError {
    const udfName = this.udfName;
    const place = `run ${index} of job ${this.jobId}`;
    if (!error) {
      const next = hasEnded(this) || status === "cancelled" ? "" : ": wait for the job (job.waitForJob())";
      return new FusedError(`R${place.slice(1)} is ${status}${next}.`, { udfName });
    }
    const { kind, name, message, line, column, stack } = error;
    const said = kind === "runtime" ? `${name}: ${message}` : message;
    const inUdf = `in UDF ${udfName}${line === undefined ? "" : `, line ${line}`}`;
    return new (classOf(kind))(`${said}\n${inUdf}\n${place}`, {
      errorName: name,
      line,
      column,
      udfName,
      udfStack: stack,
    });
  }

  toString(): string {
    const { job_id, udf_name, status, instance_type, progress, reason } = this.#record;
    const more = reason ? `: ${reason}` : "";
    return `Job ${job_id} of ${udf_name} on ${instance_type}: ${status}, ${progress.done} of ${progress.total}${more}`;
  }
  toJSON(): JobRecord {
    return this.#record;
  }
  [inspect.custom](): string {
    return this.toString();
  }
  [Symbol.for("Jupyter.display")](): Record<string, unknown> {
    return jobCard(this.#record).data;
  }
}

/** Seconds between the first and the last line. */
export function execTime(logs: LogRecord[]): number | undefined {
  const [first, last] = [logs[0], logs.at(-1)];
  return first && last ? (last.timestamp_ms - first.timestamp_ms) / 1000 : undefined;
}

/** Newest jobs first; prints as a list. */
export class Jobs extends Array<RunResponse> {
  static override get [Symbol.species]() {
    return Array;
  }
  override toString(): string {
    return this.map(String).join("\n") || "no jobs";
  }
  [inspect.custom](): string {
    return this.toString();
  }
}

export { jobId };
