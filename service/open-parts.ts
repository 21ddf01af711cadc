import { openAuditLog } from "./audit/audit-log.ts";
import type { ServiceContext } from "./context.ts";
import type { Database } from "./database/database.ts";
import { migrate } from "./database/migrate.ts";
import { openJobQueue } from "./jobs/job-queue.ts";
import type { JobQueue } from "./jobs/job-queue.ts";
import { openKeys } from "./keys.ts";
import { lazyEngine } from "./lazy-engine.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { openQuotas } from "./quotas/quotas.ts";
import { openAnswerThreads } from "./realtime/answer-threads.ts";
import type { ServiceSettings } from "./settings.ts";

/** What a replica of the service and a worker have alike. */
export interface ServiceParts {
  /** All of a context but the addresses, which a replica learns when it listens. */
  base: Omit<ServiceContext, "url" | "localUrl">;
  queue: JobQueue;
  /** Closes what was opened, the last first. Again: waits for the same end. */
  close(): Promise<void>;
}

/**
 * Opens them over a database, which is closed with them.
 * @throws Error where the database cannot be reached or brought up to date; nothing stays open then
 */
export async function openParts(settings: ServiceSettings, opening: Promise<Database>): Promise<ServiceParts> {
  const closing: (() => Promise<void> | void)[] = [];
  let closed: Promise<void> | undefined;
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  const close = () => (closed ??= closeAll());
  try {
    const database = await opening;
    closing.push(() => database.close());
    await migrate(database);
    const engine = lazyEngine();
    closing.push(() => engine.close());
    const answerThreads = openAnswerThreads({ seconds: settings.realtimeSeconds });
    closing.push(() => answerThreads.close());
    const auditLog = openAuditLog(database);
    closing.push(() => auditLog.close());
    const queue = await openJobQueue(database, { supervise: true, leaseSeconds: settings.batch.leaseSeconds });
    closing.push(() => queue.close());
    const base: ServiceParts["base"] = {
      settings,
      database,
      engine,
      answerThreads,
      keys: openKeys(settings),
      metrics: createMetrics(),
      quotas: openQuotas(settings),
      audit: auditLog.audit,
      isEnding: false,
      onClose: (each) => closing.push(each),
    };
    return { base, queue, close };
  } catch (error) {
    await close();
    throw error;
  }
}
