import type { ServiceContext } from "./context.ts";
import { openPglite } from "./database/pglite.ts";
import { openPostgres } from "./database/postgres.ts";
import { listen } from "./http/server.ts";
import { openIdentity } from "./identity/open-identity.ts";
import type { Identity } from "./identity/open-identity.ts";
import { startBatchWorker } from "./jobs/batch-worker.ts";
import { openParts } from "./open-parts.ts";
import { serviceRoutes } from "./routes.ts";
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
  const { databaseUrl, dataFolder } = settings;
  const { base, queue, close } = await openParts(
    settings,
    databaseUrl ? openPostgres(databaseUrl) : openPglite(dataFolder),
  );
  const { metrics, quotas } = base;
  try {
    const requests = metrics.histogram("fused_http_request_seconds", "Time to answer requests, by route and status");
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
    base.onClose(() => server.close(grace));
    metrics.gauge("fused_http_requests_active", "Requests being answered", () => server.active);
    metrics.gauge("process_resident_memory_bytes", "Resident memory of the service's process", () =>
      process.memoryUsage.rss(),
    );

    const localUrl = addressOf(settings.host, server.port);
    const url = settings.publicUrl?.replace(/\/+$/, "") ?? localUrl;
    const context: ServiceContext = { ...base, url, localUrl };
    identity = await openIdentity(context);
    server.serve(serviceRoutes(context, identity, queue), url);

    const worker = startBatchWorker(context, queue, settings.batch);
    context.onClose(() => worker.close());
    startSweeping(context);

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
        return close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function addressOf(host: string, port: number): string {
  const shown = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${shown.includes(":") && !shown.startsWith("[") ? `[${shown}]` : shown}:${port}`;
}
