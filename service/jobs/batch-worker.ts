import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { ServiceContext } from "../context.ts";
import { finishJob, PartLostError } from "./finish-item.ts";
import type { SizeName } from "./instance-sizes.ts";
import { queueName, type JobQueue, type QueuedPart } from "./job-queue.ts";
import { persist } from "./persist.ts";
import { DiskSpaceError, runPart } from "./run-part.ts";
import { sendStatusMail } from "./status-mail.ts";
import { giveBack, takePart } from "./take-part.ts";

export interface BatchWorkerOptions {
  /** Kinds of jobs that are worked here. */
  sizes: SizeName[];
  /** Parts of jobs at a time, of each size. Their runs share the cores of one engine. */
  partsAtOnce: number;
  /** See `QueueOptions`. */
  leaseSeconds: number;
}

/** How often an idle machine looks for work, milliseconds. */
const pollPause = 500;
/** Times a lease that a machine says it lives. */
const beatsPerLease = 4;

export interface BatchWorker {
  /** As it stands in logs and tables: host, process, and a number of its own. */
  name: string;
  /** Stops its runs, gives what is not done to others, and waits for that. */
  close(): Promise<void>;
}

/** Works batch jobs off the queue, on this machine's engine, until it is closed. */
export function startBatchWorker(context: ServiceContext, queue: JobQueue, options: BatchWorkerOptions): BatchWorker {
  const { sizes, partsAtOnce, leaseSeconds } = options;
  const name = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const ending = new AbortController();
  const { signal } = ending;
  const lanes = sizes.flatMap((size) => {
    const turn = lookInTurn();
    const served: Lane["served"] = { running: [], last: undefined };
    return Array.from({ length: partsAtOnce }, () =>
      workQueue({ context, queue, size, leaseSeconds, name, signal, turn, served }),
    );
  });
  return {
    name,
    async close() {
      ending.abort(new Error("This worker is ending."));
      await Promise.allSettled(lanes);
    },
  };
}

interface Lane {
  context: ServiceContext;
  queue: JobQueue;
  size: SizeName;
  leaseSeconds: number;
  name: string;
  signal: AbortSignal;
  /** Waits until nobody else of the size looks for work; to be called when one has looked. */
  turn: () => Promise<() => void>;
  /** Teams whose parts of the size run here, one for each part, and whose came last. */
  served: { running: string[]; last: string | undefined };
}

/** Of those who would wait for the same, one looks: an idle service has its embedded database for requests. */
function lookInTurn(): Lane["turn"] {
  let last = Promise.resolve();
  return async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = last;
    last = promise;
    await before;
    return resolve;
  };
}

/** The next part, waited for; undefined: the worker ends. A database that cannot be reached is asked again. */
async function nextPart({ queue: { boss }, size, signal, turn, served }: Lane) {
  const looked = await turn();
  const fetch = async (ignoreGroups: string[] | undefined) =>
    (await boss.fetch<QueuedPart>(queueName(size), { ignoreGroups }).catch(() => []))[0];
  try {
    while (!signal.aborted) {
      // Teams take turns: one that has nothing here yet goes before the rest of a long list of somebody else's jobs.
      const others = [...new Set([...served.running, ...(served.last === undefined ? [] : [served.last])])];
      const queued = (others.length > 0 && (await fetch(others))) || (await fetch(undefined));
      if (queued) return queued;
      await pause(pollPause, undefined, { signal }).catch(() => {});
    }
    return undefined;
  } finally {
    looked();
  }
}

/** Takes one part after the other. */
async function workQueue(lane: Lane): Promise<void> {
  const { queue, size, leaseSeconds, signal, served } = lane;
  const { boss } = queue;
  const from = queueName(size);
  for (let queued = await nextPart(lane); queued; queued = await nextPart(lane)) {
    const { id, data, groupId } = queued;
    const team = groupId ?? "";
    served.running.push(team);
    served.last = team;
    const beat = setInterval(() => void boss.touch(from, id).catch(() => {}), (leaseSeconds / beatsPerLease) * 1000);
    // Where the queue cannot be told, it finds out by the lease; another machine then sees what is done.
    const tell = {
      done: () => boss.complete(from, id),
      again: () => boss.fail(from, id),
      nothing: () => {},
    };
    try {
      const next = await workPart(lane, data).catch((error: unknown) => {
        if (!signal.aborted) process.stderr.write(`[worker] ${data.jobId}: ${(error as Error).stack}\n`);
        return "again" as const;
      });
      await tell[next]();
    } catch {
      await pause(pollPause, undefined, { signal }).catch(() => {});
    } finally {
      clearInterval(beat);
      served.running.splice(served.running.indexOf(team), 1);
    }
  }
}

/**
 * Works one part to its end.
 * @returns what to tell the queue: the part is done; hand it out again; nothing, as it is in another machine's hands
 */
async function workPart(
  { context, size, name, signal }: Lane,
  queued: QueuedPart,
): Promise<"done" | "again" | "nothing"> {
  const { database } = context;
  const pickup = await persist(() => takePart(database, queued, name), signal);
  if ("over" in pickup) return "done";
  if ("givenUp" in pickup) return end(context, queued, pickup.givenUp);
  const { taken } = pickup;
  try {
    await runPart(context, size, taken, name, signal);
  } catch (error) {
    if (error instanceof PartLostError) return (await isOver(context, queued)) ? "done" : "nothing";
    if (error instanceof DiskSpaceError) return end(context, queued, error.message);
    if (!signal.aborted) throw error;
    return (await giveBack(database, taken).catch(() => false)) ? "again" : "nothing";
  }
  return end(context, queued);
}

async function isOver({ database }: ServiceContext, { jobId }: QueuedPart): Promise<boolean> {
  const rows = await persist(() =>
    database.query(`select 1 from fused.jobs where id = $1 and status in ('queued', 'running')`, [jobId]),
  );
  return rows.length === 0;
}

async function end(context: ServiceContext, { jobId }: QueuedPart, givenUp?: string): Promise<"done"> {
  const ended = await persist(() => finishJob(context.database, jobId, givenUp));
  if (ended) await sendStatusMail(context, jobId);
  return "done";
}
