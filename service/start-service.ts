import { openAuditLog } from "./audit/audit-log.ts";
import type { ServiceContext } from "./context.ts";
import { openPglite } from "./database/pglite.ts";
import { migrate } from "./database/migrate.ts";
import { openPostgres } from "./database/postgres.ts";
import { listen } from "./http/server.ts";
import { openIdentity } from "./identity/open-identity.ts";
import type { Identity } from "./identity/open-identity.ts";
import { startBatchWorker } from "./jobs/batch-worker.ts";
import { openJobQueue } from "./jobs/job-queue.ts";
import { openKeys } from "./keys.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { serviceRoutes } from "./routes.ts";
import { lazyEngine } from "./lazy-engine.ts";
import { openQuotas } from "./quotas/quotas.ts";
import { openAnswerThreads } from "./realtime/answer-threads.ts";
import { startSweeping } from "./sweep.ts";
import type { ServiceSettings } from "./settings.ts";

export interface Service {
  /** Without a slash at its end. */
  url: string;
  port: number;
  /** Single-user mode: the token that lets its owner in, and whether it was made just now. */
  token?: string;
  isNewToken?: boolean;
  /** Single-user mode: a link that lets a browser log in as the owner, once. */
  loginLink?(): Promise<string>;
  context: ServiceContext;
  /** Answers what is under way (`graceMilliseconds`, default 10 s) and ends. Again: waits for the same end. */
  close(graceMilliseconds?: number): Promise<void>;
}

/**
 * Starts a service (one replica of it, where several share a Postgres).
 * @throws Error where the data folder or the port is taken, or the database cannot be reached
 */
export async function startService(settings: ServiceSettings): Promise<Service> {
  const closing: (() => Promise<void> | void)[] = [];
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const database = settings.databaseUrl
      ? await openPostgres(settings.databaseUrl)
      : await openPglite(settings.dataFolder);
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
    const metrics = createMetrics();
    const requests = metrics.histogram("fused_http_request_seconds", "Time to answer requests, by route and status");

    const quotas = openQuotas(settings);
    let identity: Identity | undefined;
    const server = await listen({
      ...settings,
      async authenticate(headers) {
        const caller = await identity!.authenticate(headers);
        quotas.request(caller.teamId);
        return caller;
      },
      onAnswer: (route, status, milliseconds) =>
        requests.observe(
          { route: route?.path ?? "none", method: route?.method ?? "none", status },
          milliseconds / 1000,
        ),
    });
    let grace = 10_000;
    closing.push(() => server.close(grace));
    metrics.gauge("fused_http_requests_active", "Requests being answered", () => server.active);
    metrics.gauge("process_resident_memory_bytes", "Resident memory of the service's process", () =>
      process.memoryUsage.rss(),
    );

    const localUrl = addressOf(settings.host, server.port);
    const url = settings.publicUrl?.replace(/\/+$/, "") ?? localUrl;
    const context: ServiceContext = {
      settings,
      url,
      localUrl,
      database,
      engine,
      answerThreads,
      keys: openKeys(settings),
      metrics,
      quotas,
      audit: auditLog.audit,
      isEnding: false,
      onClose: (close) => closing.push(close),
    };
    identity = await openIdentity(context);
    server.serve(serviceRoutes(context, identity, queue), url);

    const worker = startBatchWorker(context, queue, settings.batch);
    closing.push(() => worker.close());
    startSweeping(context);

    let closed: Promise<void> | undefined;
    return {
      url,
      port: server.port,
      token: identity.owner?.token,
      isNewToken: identity.owner?.isNew,
      loginLink: identity.owner?.loginLink,
      context,
      close(graceMilliseconds = grace) {
        grace = graceMilliseconds;
        context.isEnding = true;
        return (closed ??= closeAll());
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function addressOf(host: string, port: number): string {
  const shown = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${shown.includes(":") && !shown.startsWith("[") ? `[${shown}]` : shown}:${port}`;
}
