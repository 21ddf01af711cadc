import type { ServiceContext } from "../context.ts";
import type { Route } from "../http/route.ts";

/**
 * `/healthz`: this replica can serve (503 where its database cannot be reached or it is about to end); `/livez`: its process
 * answers; `/metrics`: for Prometheus.
 */
export function healthRoutes(context: ServiceContext): Route[] {
  const { database, metrics } = context;
  return [
    {
      method: "GET",
      path: "/healthz",
      auth: "none",
      async handle() {
        if (context.isEnding) return { status: 503, body: { status: "ending" } };
        try {
          await database.query("select 1");
          return { body: { status: "ok", database: database.kind } };
        } catch {
          return { status: 503, body: { status: "database unreachable", database: database.kind } };
        }
      },
    },
    { method: "GET", path: "/livez", auth: "none", handle: async () => ({ body: { status: "ok" } }) },
    {
      method: "GET",
      path: "/metrics",
      auth: "none",
      handle: async () => ({
        headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" },
        body: metrics.render(),
      }),
    },
  ];
}
