import type { Database } from "../database/database.ts";
import { persist } from "./persist.ts";
import type { TakenPart } from "./take-part.ts";

export interface JobLogLine {
  stream: "stdout" | "stderr" | "system";
  /** Place in the job's list of what printed it. */
  item?: number;
  message: string;
}

export interface LogWriter {
  write(line: JobLogLine): void;
  /** Waits until all is written that came before. */
  flush(): Promise<void>;
}

const pauseMilliseconds = 150;
const mostLines = 1000;

/**
 * Writes a part's log into the job's, a batch at a time. Numbers are given under the lock of the job's row, so that whoever
 * has read up to one never misses a line that came in before it; a batch that may have been written when the connection broke
 * is not written twice.
 */
export function openLogWriter(database: Database, { jobId, part, fence }: TakenPart, signal: AbortSignal): LogWriter {
  const waiting: (JobLogLine & { at: number })[] = [];
  let batch: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const writeBatch = async () => {
    batch ??= await persist(() => lastBatch(database, jobId, part), signal);
    while (waiting.length > 0) {
      const lines = waiting.splice(0, mostLines);
      batch++;
      const number = batch;
      await persist(() => insertLines(database, { jobId, part, fence, batch: number }, lines), signal);
    }
  };
  const soon = () => {
    timer = undefined;
    writing = writing.then(writeBatch).catch(() => {});
  };
  return {
    write(line) {
      for (const message of line.message.replace(/\n$/, "").replaceAll("\0", "␀").split("\n"))
        waiting.push({ ...line, message, at: Date.now() });
      timer ??= setTimeout(soon, waiting.length > mostLines ? 0 : pauseMilliseconds);
    },
    async flush() {
      clearTimeout(timer);
      soon();
      await writing;
    },
  };
}

async function lastBatch(database: Database, jobId: string, part: number): Promise<number> {
  const [row] = await database.query<{ batch: number }>(
    `select log_batch as batch from fused.job_parts where job_id = $1 and part = $2`,
    [jobId, part],
  );
  return row?.batch ?? 0;
}

async function insertLines(
  database: Database,
  { jobId, part, fence, batch }: { jobId: string; part: number; fence: number; batch: number },
  lines: (JobLogLine & { at: number })[],
): Promise<void> {
  await database.query(
    `with held as (
       update fused.job_parts set log_batch = $4 where job_id = $1 and part = $2 and fence = $3 and log_batch = $4 - 1
       returning 1
     ), numbered as (
       update fused.jobs set next_log = next_log + $5 where id = $1 and exists (select 1 from held)
       returning next_log - $5 as first
     )
     insert into fused.job_logs (job_id, seq, at, stream, item, message)
     select $1, n.first + l.ordinality, to_timestamp(l.at / 1000), l.stream, l.item, l.message
     from numbered n, unnest($6::float8[], $7::text[], $8::int[], $9::text[])
       with ordinality as l (at, stream, item, message, ordinality)`,
    [
      jobId,
      part,
      fence,
      batch,
      lines.length,
      lines.map(({ at }) => at),
      lines.map(({ stream }) => stream),
      lines.map(({ item }) => item ?? null),
      lines.map(({ message }) => message),
    ],
  );
}
