import type { PoolTask } from "./job-pool-tasks.ts";
import { logText } from "./run-logs.ts";

/** One run of a pool as a row: its arguments, and columns about it. */
export type PoolRow = Record<string, unknown>;

/** Names of the columns of `logsDf`; null leaves a column out. */
export interface LogColumns {
  statusColumn?: string | null;
  resultColumn?: string | null;
  timeColumn?: string | null;
  logsColumn?: string | null;
  exceptionColumn?: string | null;
  /** False leaves the exceptions out, whatever the column is called. */
  includeExceptions?: boolean;
}

export function argumentRow(task: PoolTask): PoolRow {
  return { ...task.args };
}

/** A run's row: time in seconds, null where the run has not ended; the exception only where a column is named for it. */
export function logRow(task: PoolTask, columns: LogColumns): PoolRow {
  const {
    statusColumn = "status",
    resultColumn = "result",
    timeColumn = "time",
    logsColumn = "logs",
    exceptionColumn = null,
    includeExceptions = true,
  } = columns;
  const ended = task.status !== "pending" && task.status !== "running";
  const time = ended && task.startedAt !== undefined && task.endedAt !== undefined;
  const row = argumentRow(task);
  if (statusColumn !== null) row[statusColumn] = task.status;
  if (resultColumn !== null) row[resultColumn] = task.status === "success" ? task.value : null;
  if (timeColumn !== null) row[timeColumn] = time ? (task.endedAt! - task.startedAt!) / 1000 : null;
  if (logsColumn !== null) row[logsColumn] = ended ? logText(task.logs) : null;
  if (exceptionColumn !== null && includeExceptions) row[exceptionColumn] = ended ? (task.error ?? null) : null;
  return row;
}
