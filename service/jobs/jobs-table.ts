import { randomUUID } from "node:crypto";
import type { Database } from "../database/database.ts";
import { notFound } from "../http/http-error.ts";
import type { Caller } from "../identity/caller.ts";
import type { Keys } from "../keys.ts";
import { seal } from "../secrets/seal.ts";
import type { JobQueue } from "./job-queue.ts";
import type { JobRequest } from "./job-request.ts";

export type JobStatus = "queued" | "running" | "finished" | "failed" | "cancelled" | "timeout";

/** A job as clients see it. */
export interface JobView {
  job_id: string;
  status: JobStatus;
  reason: string | null;
  udf_name: string;
  instance_type: string;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  progress: { done: number; total: number };
  errors: number;
}

interface JobRow extends Omit<JobView, "progress"> {
  done: number;
  total: number;
}

const columns = `id as job_id, status, reason, udf_name, instance_type, created_at, started_at, ended_at, done, total, errors`;
const itemsAtOnce = 2000;

const viewOf = ({ done, total, ...facts }: JobRow): JobView => ({ ...facts, progress: { done, total } });

/** Writes a job down and queues it: all of it, or nothing. An empty list is a job that has ended. */
export async function insertJob(
  database: Database,
  queue: JobQueue,
  keys: Keys,
  caller: Caller,
  request: JobRequest,
): Promise<JobView> {
  const { items, parts, size, env } = request;
  const id = randomUUID();
  const sealedEnv = Object.keys(env).length > 0 ? seal(keys, `job-env/${id}`, JSON.stringify(env)) : null;
  await queue.prepare(size);
  return database.transaction(async (inside) => {
    const [job] = await inside.query<JobRow>(
      `insert into fused.jobs (id, owner_id, run_as, udf_name, frame, instance_type, size, parts, processes, max_retry,
         timeout_ms, disk_size_gb, sealed_env, send_status_email, total, status, ended_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, case when $15 = 0 then now() end)
       returning ${columns}`,
      [
        id,
        caller.userId,
        request.runAs,
        request.frame.name,
        request.frameBytes,
        request.instanceType,
        size,
        parts,
        request.processes,
        request.maxRetry,
        request.timeoutMs,
        request.diskSizeGb,
        sealedEnv,
        request.sendStatusEmail,
        items.length,
        items.length === 0 ? "finished" : "queued",
      ],
    );
    for (let at = 0; at < items.length; at += itemsAtOnce) {
      const some = items.slice(at, at + itemsAtOnce).map((bytes) => Buffer.from(bytes).toString("base64"));
      await inside.query(
        `insert into fused.job_items (job_id, index, arguments)
         select $1, $2 + i.ordinality - 1, decode(i.bytes, 'base64') from unnest($3::text[]) with ordinality as i (bytes, ordinality)`,
        [id, at, some],
      );
    }
    if (items.length > 0) {
      const numbers = Array.from({ length: parts }, (_, part) => part);
      await inside.query(`insert into fused.job_parts (job_id, part) select $1, unnest($2::int[])`, [id, numbers]);
      await queue.send(
        inside,
        size,
        caller.teamId,
        numbers.map((part) => ({ jobId: id, part })),
      );
    }
    return viewOf(job!);
  });
}

/** @throws HttpError 404 where it is somebody else's, or is not there */
export async function findJob(database: Database, { userId }: Caller, id: string): Promise<JobView> {
  const [job] = await database.query<JobRow>(`select ${columns} from fused.jobs where id = $1 and owner_id = $2`, [
    id,
    userId,
  ]);
  if (!job) throw notFound("such job");
  return viewOf(job);
}

/** The caller's jobs, newest first. */
export async function listJobs(database: Database, { userId }: Caller, n: number, skip: number): Promise<JobView[]> {
  const jobs = await database.query<JobRow>(
    `select ${columns} from fused.jobs where owner_id = $1 order by created_at desc, id limit $2 offset $3`,
    [userId, n, skip],
  );
  return jobs.map(viewOf);
}

/**
 * Cancels a job that has not ended; of one that has, nothing changes. Machines that work on it find their part taken away.
 * @returns the job as it is now, and whether this has ended it
 * @throws HttpError 404
 */
export async function cancelJob(
  database: Database,
  caller: Caller,
  id: string,
): Promise<{ job: JobView; isCancelled: boolean }> {
  return database.transaction(async (inside) => {
    await findJob(inside, caller, id);
    // Locks in the order of those who finish items: part, item, job.
    await inside.query(`update fused.job_parts set fence = fence + 1 where job_id = $1`, [id]);
    const ended = await inside.query(
      `update fused.jobs set status = 'cancelled', ended_at = now(), reason = 'cancelled by its owner'
       where id = $1 and status in ('queued', 'running') returning 1`,
      [id],
    );
    if (ended.length > 0) {
      await inside.query(`update fused.job_items set status = 'cancelled' where job_id = $1 and status = 'pending'`, [
        id,
      ]);
    }
    return { job: await findJob(inside, caller, id), isCancelled: ended.length > 0 };
  });
}
