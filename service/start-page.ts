import { escapeHtml } from "../fused/html-text.ts";
import type { ServiceContext } from "./context.ts";
import type { Route } from "./http/route.ts";
import { page } from "./identity/provider/pages.ts";

/** What somebody sees who opens the service's address in a browser: what it is, and what to do with it. */
export function startPageRoutes({ url }: ServiceContext): Route[] {
  const address = escapeHtml(`${url}/server/v1`);
  const content =
    `<p>This is a fused-kernel service: it keeps UDFs and answers at their addresses. It has no pages of its own.</p>` +
    `<p>In a notebook:</p><p><code>fused.options.baseUrl = "${address}";</code></p><p><code>%login</code></p>` +
    `<p>For machines: <a href="/healthz">/healthz</a>, <a href="/metrics">/metrics</a>. Endpoints, settings and security ` +
    `stand in <code>docs/service.md</code>.</p>`;
  return [{ method: "GET", path: "/", auth: "none", handle: async () => page("fused-kernel service", content) }];
}
