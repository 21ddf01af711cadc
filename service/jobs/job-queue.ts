import { randomUUID } from "node:crypto";
import type { PgBoss } from "pg-boss";
import type { Database } from "../database/database.ts";
import { sizeNames, type SizeName } from "./instance-sizes.ts";

/** What is queued: a part of a job. All else stands in the tables. */
export interface QueuedPart {
  jobId: string;
  part: number;
}

export interface JobQueue {
  boss: PgBoss;
  /**
   * Before the transaction that sends: pg-boss then knows the queue, and need not look it up on a connection of its own, which
   * the embedded database does not have while a transaction is open.
   */
  prepare(size: SizeName): Promise<void>;
  /** Queues the parts of a team's job, in the transaction that makes it. */
  send(inside: Database, size: SizeName, teamId: string, parts: QueuedPart[]): Promise<void>;
  close(): Promise<void>;
}

export interface QueueOptions {
  /** Looks after machines that were lost. One of those that share a database is enough; several do no harm. */
  supervise: boolean;
  /** A machine that was not heard of for so long has lost its parts, seconds. At least 10 (pg-boss' own limit). */
  leaseSeconds: number;
}

export const queueName = (size: SizeName): string => `batch-${size}`;

/** pg-boss' longest time for one piece of work. A part that takes longer is picked up again and goes on. */
const expireInSeconds = 24 * 3600 - 60;
/** Whether a job is given up is decided by what its machines got done (take-part.ts), not by how often it was queued. */
const retryLimit = 100_000;
/** Of the advisory lock that processes which start at once take in turn. */
const startLock = 7_136_002;

/** The batch queues, on the service's own database. @throws DatabaseError */
export async function openJobQueue(database: Database, { supervise, leaseSeconds }: QueueOptions): Promise<JobQueue> {
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss({
    db: bossDatabase(database),
    backend: database.kind,
    schema: "fused_queue",
    schedule: false,
    supervise,
    superviseIntervalSeconds: 3,
    monitorIntervalSeconds: 3,
  });
  // Its own loops go on after an error: a database that is away comes back.
  boss.on("error", () => {});
  await inTurn(database, async () => {
    await boss.start();
    for (const size of sizeNames) {
      const options = { retryLimit, retryDelay: 0, heartbeatSeconds: leaseSeconds, expireInSeconds };
      await boss.createQueue(queueName(size), options);
      await boss.updateQueue(queueName(size), options);
    }
  });
  return {
    boss,
    async prepare(size) {
      await boss.touch(queueName(size), randomUUID());
    },
    async send(inside, size, teamId, parts) {
      await boss.insert(
        queueName(size),
        parts.map((data) => ({ data, group: { id: teamId } })),
        { db: bossDatabase(inside) },
      );
    },
    close: () => boss.stop({ graceful: true, close: false, timeout: 30_000 }),
  };
}

/**
 * Processes that start at the same time make the tables one after the other: of two that make the same schema, Postgres tells one
 * that it is there already, even where it should be made only if it is not. The embedded database has one process.
 */
function inTurn(database: Database, work: () => Promise<void>): Promise<void> {
  if (database.kind === "pglite") return work();
  return database.transaction(async (inside) => {
    await inside.query("select pg_advisory_xact_lock($1)", [startLock]);
    await work();
  });
}

/** pg-boss' view of a database: statements with parameters, and scripts of several without. */
function bossDatabase(database: Database) {
  return {
    async executeSql(text: string, values?: unknown[]) {
      return { rows: values?.length ? await database.query(text, values) : await database.script(text) };
    },
  };
}
