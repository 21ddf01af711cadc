import assert from "node:assert/strict";
import { decode } from "@msgpack/msgpack";
import { encodeFrame } from "../../engine/frame.ts";
import type { RunError } from "../../engine/run-types.ts";
import { unpackValue } from "../../engine/values.ts";
import { unpackEncoded } from "../../engine/values/packed-value.ts";
import { stateFromSource } from "../../fused/udf-define.ts";
import type { LogRecord } from "../../fused/api/jobs.ts";
import type { JobView } from "../../service/jobs/jobs-table.ts";
import type { Person, TestService } from "./open-service.ts";

/** The frame of a UDF's text, as `POST /run` takes it. */
export const frameOf = (source: string): { frame: string } => ({
  frame: Buffer.from(encodeFrame(stateFromSource(source).frame)).toString("base64"),
});

export interface ItemResult {
  index: number;
  status: string;
  value?: unknown;
  error?: RunError;
  ms: number | null;
}

/** The part of a service that tests of jobs go through. */
export type JobService = Pick<TestService, "ask" | "send">;

export const startJob = (
  service: JobService,
  source: string,
  list: unknown[],
  options: Record<string, unknown> = {},
  as?: Person,
): Promise<JobView> =>
  service.ask<JobView>("POST", "/run", { as, body: { udf: frameOf(source), arg_list: list, ...options } });

export const jobOf = (service: JobService, { job_id }: JobView, as?: Person): Promise<JobView> =>
  service.ask<JobView>("GET", `/run/by-id/${job_id}`, { as });

/** Waits until a job is as wanted; default: until it is over. */
export async function waitForJob(
  service: JobService,
  job: JobView,
  isWanted: (job: JobView) => boolean = ({ ended_at }) => ended_at !== null,
  seconds = 120,
): Promise<JobView> {
  for (const until = Date.now() + seconds * 1000; ;) {
    const now = await jobOf(service, job).catch((error: unknown) => {
      if (Date.now() < until) return undefined;
      throw error;
    });
    if (now && isWanted(now)) return now;
    assert.ok(Date.now() < until, `the job is still ${JSON.stringify(now)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function resultsOf(service: JobService, { job_id }: JobView): Promise<ItemResult[]> {
  const response = await service.send("GET", `/run/by-id/${job_id}/results`);
  assert.equal(response.status, 200);
  const items = decode(new Uint8Array(await response.arrayBuffer())) as (ItemResult & { value?: Uint8Array })[];
  return Promise.all(
    items.map(async (item) => ({
      ...item,
      ...(item.value && { value: await unpackValue(unpackEncoded(new Uint8Array(item.value))) }),
    })),
  );
}

export const logsOf = async (service: JobService, { job_id }: JobView, query = ""): Promise<LogRecord[]> =>
  (await service.ask<{ logs: LogRecord[] }>("GET", `/logs/${job_id}${query}`)).logs;
