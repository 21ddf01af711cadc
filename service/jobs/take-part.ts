import type { Database } from "../database/database.ts";
import type { QueuedPart } from "./job-queue.ts";

/** A part of a job in the hands of one machine. What it writes counts as long as nobody has raised the fence. */
export interface TakenPart extends QueuedPart {
  fence: number;
  job: JobFacts;
}

/** What a machine needs to know of a job. */
export interface JobFacts {
  /** In whose environment it runs. */
  userId: string;
  teamId: string;
  email: string;
  udfName: string;
  frame: Uint8Array;
  parts: number;
  processes: number | null;
  maxRetry: number;
  timeoutMs: number;
  diskSizeGb: number;
  sealedEnv: Uint8Array | null;
  sendStatusEmail: boolean;
}

/** A machine that was lost so often in a row without one run getting done: the runs themselves kill it. */
const mostStrikes = 3;

export type Pickup = { taken: TakenPart } | { over: true } | { givenUp: string };

/**
 * Takes a part for this machine: raises its fence, so that a machine that had it before, and may still live, can write nothing
 * more, and sets the job running.
 */
export async function takePart(database: Database, { jobId, part }: QueuedPart, worker: string): Promise<Pickup> {
  return database.transaction(async (inside) => {
    const doneSql = `select count(*)::int from fused.job_items i, fused.jobs j
      where i.job_id = p.job_id and j.id = p.job_id and i.index % j.parts = p.part and i.status <> 'pending'`;
    const [mine] = await inside.query<{ fence: number; strikes: number; lastWorker: string | null }>(
      `with seen as (
         select p.job_id, p.part, p.worker, (${doneSql}) as done
         from fused.job_parts p where p.job_id = $1 and p.part = $2 for update
       )
       update fused.job_parts p
       set fence = p.fence + 1, worker = $3, done_at_pickup = seen.done,
         strikes = case when p.worker is not null and seen.done = p.done_at_pickup then p.strikes + 1 else 0 end
       from seen where p.job_id = seen.job_id and p.part = seen.part
       returning p.fence, p.strikes, seen.worker as "lastWorker"`,
      [jobId, part, worker],
    );
    if (!mine) return { over: true };
    const [job] = await inside.query<JobFacts & { status: string }>(
      `update fused.jobs j set status = 'running', started_at = coalesce(j.started_at, now())
       from fused.users u where j.id = $1 and u.id = j.run_as and j.status in ('queued', 'running')
       returning u.id as "userId", u.team_id as "teamId", u.email, j.udf_name as "udfName", j.frame, j.parts,
         j.processes, j.max_retry as "maxRetry", j.timeout_ms as "timeoutMs", j.disk_size_gb as "diskSizeGb",
         j.sealed_env as "sealedEnv", j.send_status_email as "sendStatusEmail"`,
      [jobId],
    );
    if (!job) return { over: true };
    if (mine.strikes >= mostStrikes) {
      return {
        givenUp: `the machine that worked on it was lost ${mine.strikes} times in a row (last ${mine.lastWorker})`,
      };
    }
    return { taken: { jobId, part, fence: mine.fence, job } };
  });
}

/**
 * Gives a part back that is not done, so that another machine goes on with it: no strike against the part.
 * @returns false where another machine has it already
 */
export async function giveBack(database: Database, { jobId, part, fence }: TakenPart): Promise<boolean> {
  const rows = await database.query(
    `update fused.job_parts set worker = null, fence = fence + 1 where job_id = $1 and part = $2 and fence = $3 returning 1`,
    [jobId, part, fence],
  );
  return rows.length > 0;
}
