import type { RunError } from "../../engine/run-types.ts";
import type { Database } from "../database/database.ts";
import { errorLine } from "./run-item.ts";
import type { TakenPart } from "./take-part.ts";

/** What came of one item of a job's list. */
export interface ItemEnd {
  index: number;
  /** The packed value, of a run that succeeded. */
  value?: Uint8Array;
  error?: RunError;
  attempts: number;
  ms: number;
}

/** This machine has lost the part: another works on it, or the job is over. What it has computed is not taken. */
export class PartLostError extends Error {
  override name = "PartLostError";
}

/**
 * Writes down what came of an item, once: in one statement with the check that this machine still has the part and that the
 * item is not done. May be repeated when the connection broke.
 * @throws PartLostError, DatabaseError
 */
export async function finishItem(database: Database, part: TakenPart, end: ItemEnd, worker: string): Promise<void> {
  const { jobId, fence } = part;
  const [done] = await database.query(
    `with held as (
       select 1 from fused.job_parts where job_id = $1 and part = $2 and fence = $3 for share
     ), item as (
       update fused.job_items set status = $5, result = $6, error = $7, attempts = $8, ms = $9, worker = $10, error_kind = $12
       where job_id = $1 and index = $4 and status = 'pending' and exists (select 1 from held)
       returning 1
     )
     update fused.jobs set done = done + 1, errors = errors + $11
     where id = $1 and exists (select 1 from item)
     returning done`,
    [
      jobId,
      part.part,
      fence,
      end.index,
      end.error ? "error" : "ok",
      end.value ?? null,
      end.error ? JSON.stringify(end.error) : null,
      end.attempts,
      end.ms,
      worker,
      end.error ? 1 : 0,
      end.error?.kind ?? null,
    ],
  );
  if (done) return;
  // The first attempt may have been written although its answer never came.
  const [item] = await database.query<{ worker: string | null; held: boolean }>(
    `select i.worker, exists (select 1 from fused.job_parts p where p.job_id = $1 and p.part = $2 and p.fence = $3) as held
     from fused.job_items i where i.job_id = $1 and i.index = $4 and i.status <> 'pending'`,
    [jobId, part.part, fence, end.index],
  );
  if (!item?.held || item.worker !== worker)
    throw new PartLostError(`another machine has part ${part.part} of ${jobId}`);
}

/**
 * Ends a job whose last item is done. Of the machines that find it so, one ends it.
 * @returns the job's end, to the one that ended it
 */
export async function finishJob(
  database: Database,
  jobId: string,
  givenUp?: string,
): Promise<{ status: string; reason: string | null } | undefined> {
  return database.transaction(async (inside) => {
    // Whoever works on another part has lost it. First, as the parts are locked before all else.
    if (givenUp !== undefined)
      await inside.query(`update fused.job_parts set fence = fence + 1 where job_id = $1`, [jobId]);
    const [job] = await inside.query<{ total: number; errors: number; left: number }>(
      `select total, errors, total - done as left from fused.jobs where id = $1 and status = 'running' for update`,
      [jobId],
    );
    if (!job || (job.left > 0 && givenUp === undefined)) return undefined;
    let status = "finished";
    let reason: string | null = null;
    if (givenUp !== undefined) {
      status = "failed";
      reason = `${givenUp}. ${job.left} of ${job.total} runs were not done.`;
      await inside.query(`update fused.job_items set status = 'cancelled' where job_id = $1 and status = 'pending'`, [
        jobId,
      ]);
    } else if (job.errors > 0) {
      const [first] = await inside.query<{ index: number; error: string; timeouts: number }>(
        `select index, error, (select count(*)::int from fused.job_items
           where job_id = $1 and status = 'error' and error_kind = 'timeout') as timeouts
         from fused.job_items where job_id = $1 and status = 'error' order by index limit 1`,
        [jobId],
      );
      status = first?.timeouts === job.errors ? "timeout" : "failed";
      const why = first ? errorLine(JSON.parse(first.error) as RunError).replaceAll("\0", "␀") : "unknown";
      reason = `${job.errors} of ${job.total} runs failed, first that of index ${first?.index}: ${why}`;
    }
    await inside.query(`update fused.jobs set status = $2, reason = $3, ended_at = now() where id = $1`, [
      jobId,
      status,
      reason,
    ]);
    return { status, reason };
  });
}
