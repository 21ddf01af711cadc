import { openAuditLog } from "./audit/audit-log.ts";
import type { ServiceContext } from "./context.ts";
import { migrate } from "./database/migrate.ts";
import { openPostgres } from "./database/postgres.ts";
import { startBatchWorker } from "./jobs/batch-worker.ts";
import { openJobQueue } from "./jobs/job-queue.ts";
import { openKeys } from "./keys.ts";
import { lazyEngine } from "./lazy-engine.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { openQuotas } from "./quotas/quotas.ts";
import { openAnswerThreads } from "./realtime/answer-threads.ts";
import type { ServiceSettings } from "./settings.ts";

export interface Worker {
  /** As logs and tables name it. */
  name: string;
  /** Gives what it has not done to other workers, and ends. Again: waits for the same end. */
  close(): Promise<void>;
}

/**
 * Starts a worker of batch jobs on this machine, without any HTTP.
 * @param settings `databaseUrl` and `publicUrl` must be there: the latter is where its runs find `fd://` files
 * @throws Error where the database cannot be reached
 */
export async function startWorker(
  settings: ServiceSettings & { databaseUrl: string; publicUrl: string },
): Promise<Worker> {
  const closing: (() => Promise<void> | void)[] = [];
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const database = await openPostgres(settings.databaseUrl);
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
    const serviceUrl = settings.publicUrl.replace(/\/+$/, "");
    const context: ServiceContext = {
      settings,
      url: serviceUrl,
      localUrl: serviceUrl,
      database,
      engine,
      answerThreads,
      keys: openKeys(settings),
      metrics: createMetrics(),
      quotas: openQuotas(settings),
      audit: auditLog.audit,
      isEnding: false,
      onClose: (close) => closing.push(close),
    };
    const worker = startBatchWorker(context, queue, settings.batch);
    closing.push(() => worker.close());
    let closed: Promise<void> | undefined;
    return { name: worker.name, close: () => (closed ??= closeAll()) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
