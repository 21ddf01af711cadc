import { mkdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { RunRequest } from "../../engine/run-types.ts";
import type { ServiceContext } from "../context.ts";
import type { Database } from "../database/database.ts";
import { runAccess } from "../runs/run-access.ts";
import { openSealed } from "../secrets/seal.ts";
import { finishItem, PartLostError } from "./finish-item.ts";
import { shareOf, type SizeName } from "./instance-sizes.ts";
import { openLogWriter } from "./log-writer.ts";
import { persist } from "./persist.ts";
import { errorLine, runItem } from "./run-item.ts";
import type { TakenPart } from "./take-part.ts";

/** How often a machine looks whether the part is still its own, milliseconds. */
const watchPause = 1000;
/** Arguments that are fetched at a time. */
const fetched = 64;
/** A result in the database; more belongs in a file. */
export const mostResultBytes = 64 * 2 ** 20;

/**
 * Runs what is left of a part, as many items at a time as this machine gives.
 * @param signal ends the work, e.g. because this process is asked to end
 * @throws PartLostError where another machine has it by now or the job was cancelled; the signal's reason
 */
export async function runPart(
  context: ServiceContext,
  size: SizeName,
  taken: TakenPart,
  worker: string,
  signal: AbortSignal,
): Promise<void> {
  const { database, engine } = context;
  const { job } = taken;
  const lost = new AbortController();
  const either = AbortSignal.any([signal, lost.signal]);
  const log = openLogWriter(database, taken, either);
  const watching = watch(database, taken, lost, either);
  try {
    await checkDisk(context, job.diskSizeGb);
    const share = shareOf(size, job.processes);
    const request = await requestOf(context, taken, share.memoryMb);
    log.write({ stream: "system", message: `Part ${taken.part + 1} of ${job.parts} is taken by worker ${worker}.` });
    const items = pendingItems(database, taken, either);
    const lanes = Array.from({ length: share.cores }, async () => {
      for await (const item of items) {
        const end = await runItem({
          engine,
          request,
          ...item,
          maxRetry: job.maxRetry,
          onLog: ({ stream, text }) => log.write({ stream, item: item.index, message: text }),
          onRetry: (attempt, error) =>
            log.write({
              stream: "system",
              item: item.index,
              message: `Run ${item.index} failed (attempt ${attempt}): ${error}`,
            }),
          signal: either,
        });
        if (end.error) {
          const message = `Run ${item.index} failed after ${end.attempts} attempt(s): ${errorLine(end.error)}`;
          log.write({ stream: "system", item: item.index, message });
        }
        // What a run has printed is there before it counts as done.
        await log.flush();
        await persist(() => finishItem(database, taken, end, worker), either);
      }
    });
    await allOrFirstError(lanes, lost);
    await log.flush();
  } catch (error) {
    throw lost.signal.aborted && !signal.aborted ? (lost.signal.reason as Error) : error;
  } finally {
    lost.abort(new PartLostError("the part is over"));
    await watching;
  }
}

/** Waits for all; the first that fails stops the others. */
async function allOrFirstError(lanes: Promise<void>[], stop: AbortController): Promise<void> {
  let first: { error: unknown } | undefined;
  await Promise.all(
    lanes.map((lane) =>
      lane.catch((error: unknown) => {
        first ??= { error };
        stop.abort(error);
      }),
    ),
  );
  if (first) throw first.error;
}

interface PendingItem {
  index: number;
  arguments: Uint8Array;
}

/** The items of a part that are not done, in order; several readers share one. */
async function* pendingItems(database: Database, { jobId, part, job }: TakenPart, signal: AbortSignal) {
  for (let after = -1; ;) {
    const rows = await persist(
      () =>
        database.query<PendingItem>(
          `select index, arguments from fused.job_items
           where job_id = $1 and index % $2 = $3 and index > $4 and status = 'pending' order by index limit $5`,
          [jobId, job.parts, part, after, fetched],
        ),
      signal,
    );
    yield* rows;
    if (rows.length < fetched) return;
    after = rows.at(-1)!.index;
  }
}

/** Aborts `lost` when the job is cancelled or another machine has the part. A database that is away is waited for. */
async function watch(database: Database, taken: TakenPart, lost: AbortController, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(watchPause, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const rows = await database
      .query(`select 1 from fused.job_parts where job_id = $1 and part = $2 and fence = $3`, [
        taken.jobId,
        taken.part,
        taken.fence,
      ])
      .catch(() => undefined);
    if (rows?.length === 0) lost.abort(new PartLostError(`part ${taken.part} of ${taken.jobId} was taken away`));
  }
}

/** @throws Error where the disk has not the room that the job asks for */
async function checkDisk({ settings }: ServiceContext, neededGb: number): Promise<void> {
  if (neededGb <= 0) return;
  mkdirSync(settings.dataFolder, { recursive: true });
  const { bavail, bsize } = await statfs(settings.dataFolder);
  const freeGb = (bavail * bsize) / 1e9;
  if (freeGb >= neededGb) return;
  throw new DiskSpaceError(
    `the job asks for ${neededGb} GB of disk (disk_size_gb), and this worker has ${freeGb.toFixed(1)} GB free`,
  );
}

/** The machine is too small for the job. */
export class DiskSpaceError extends Error {
  override name = "DiskSpaceError";
}

async function requestOf(
  context: ServiceContext,
  { job, jobId }: TakenPart,
  memoryMb: number,
): Promise<Omit<RunRequest, "parameters">> {
  const { access, network } = await runAccess(context, job, "batch");
  const env = job.sealedEnv && openSealed(context.keys, `job-env/${jobId}`, job.sealedEnv);
  // Other jobs of the same user are given the same object: what is this job's alone goes into one of its own.
  const secrets = env ? { ...access.secrets, ...(JSON.parse(env) as Record<string, string>) } : access.secrets;
  return {
    frame: job.frame,
    limits: { timeoutMs: job.timeoutMs, memoryMb, resultBytes: mostResultBytes },
    network,
    access: { ...access, secrets },
    depth: 0,
    line: `${job.teamId} batch`,
  };
}
