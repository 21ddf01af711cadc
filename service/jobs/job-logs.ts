import { setTimeout as pause } from "node:timers/promises";
import type { LogRecord } from "../../fused/api/jobs.ts";
import type { Database } from "../database/database.ts";

export interface LogQuery {
  /** Lines after this number; 0: from the first. */
  after: number;
  /** Lines since this time, milliseconds. */
  sinceMs?: number;
  limit: number;
}

const followPause = 400;

/** Lines of a job's log, oldest first; with `last`, the newest ones. */
export async function readLogs(
  database: Database,
  jobId: string,
  { after, sinceMs, limit }: LogQuery,
  last = false,
): Promise<LogRecord[]> {
  const rows = await database.query<LogRecord>(
    `select seq, round(extract(epoch from at) * 1000)::float8 as timestamp_ms, stream, item, message
     from fused.job_logs
     where job_id = $1 and seq > $2 and ($3::float8 is null or at >= to_timestamp($3::float8 / 1000))
     order by seq ${last ? "desc" : "asc"} limit $4`,
    [jobId, after, sinceMs ?? null, limit],
  );
  return last ? rows.reverse() : rows;
}

/**
 * Waits for lines after `query.after`, or the end of the job.
 * @returns the lines, and whether there will be no more
 */
export async function followLogs(
  database: Database,
  jobId: string,
  query: LogQuery,
  patience: number,
  signal: AbortSignal,
): Promise<{ logs: LogRecord[]; done: boolean }> {
  for (const until = Date.now() + patience; ;) {
    // The end is looked up first: lines that came in before it are then there.
    const [job] = await database.query<{ isOver: boolean; last: number }>(
      `select status not in ('queued', 'running') as "isOver", next_log as last from fused.jobs where id = $1`,
      [jobId],
    );
    const logs = await readLogs(database, jobId, query);
    const lastSeen = logs.at(-1)?.seq ?? query.after;
    const done = !job || (job.isOver && lastSeen >= job.last);
    if (logs.length > 0 || done || Date.now() >= until || signal.aborted) return { logs, done };
    await pause(followPause, undefined, { signal }).catch(() => {});
  }
}
