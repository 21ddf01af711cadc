import { userInfo } from "node:os";
import { readJson, replyEmpty, replyJson } from "../exchange.ts";
import type { KernelRegistry } from "../kernels/kernel-registry.ts";
import type { Route } from "../routes.ts";

/**
 * What is left of the API: who one is, how the server is, languages, and the parts of a Jupyter server that are empty here
 * (no exporters, no configuration sections, no events).
 * @param stop ends the server, as JupyterLab's "Shut Down" asks
 */
export function serverRoutes(kernels: KernelRegistry, version: string, stop: () => void): Route[] {
  const started = new Date().toISOString();
  return [
    ["GET", "/api", (exchange) => replyJson(exchange, { version })],
    [
      "GET",
      "/api/status",
      (exchange) => {
        const models = kernels.list();
        const connections = models.reduce((sum, model) => sum + model.connections, 0);
        const last = models.map((model) => model.last_activity).sort();
        const last_activity = last.at(-1) ?? started;
        replyJson(exchange, { started, last_activity, connections, kernels: models.length });
      },
    ],
    ["GET", "/api/me", (exchange) => replyJson(exchange, { identity: identity(), permissions: {} })],
    [
      "POST",
      "/api/shutdown",
      (exchange) => {
        replyEmpty(exchange);
        exchange.response.once("close", stop);
      },
    ],
    ["GET", "/api/nbconvert", (exchange) => replyJson(exchange, {})],
    ["GET", "/api/config/([^/]+)", (exchange) => replyJson(exchange, {})],
    ["PATCH", "/api/config/([^/]+)", async (exchange) => replyJson(exchange, await readJson(exchange))],
    ["POST", "/api/events", (exchange) => replyEmpty(exchange)],
    ["GET", "/api/terminals", (exchange) => replyJson(exchange, [])],
    ["GET", "/lsp/status", (exchange) => replyJson(exchange, { version: 2, sessions: {}, specs: {} })],
    [
      "GET",
      "/lab/api/translations",
      (exchange) => {
        const english = { displayName: "English", nativeName: "English" };
        replyJson(exchange, { data: { en: english }, message: "" });
      },
    ],
    ["GET", "/lab/api/translations/([^/]+)", (exchange) => replyJson(exchange, { data: {}, message: "" })],
    [
      "GET",
      "/lab/api/listings/(.+)",
      (exchange) =>
        replyJson(exchange, {
          ...{ blocked_extensions_uris: [], allowed_extensions_uris: [] },
          ...{ blocked_extensions: [], allowed_extensions: [], listings_refresh_seconds: 3600 },
        }),
    ],
  ];
}

function identity(): Record<string, string | null> {
  const { username } = userInfo();
  const initials = username.slice(0, 1).toUpperCase();
  return { username, name: username, display_name: username, initials, avatar_url: null, color: null };
}
