import type { IncomingMessage } from "node:http";
import type { Found } from "./find-route.ts";
import type { ServiceResponse } from "./route.ts";

/** No cookie ever lets anybody in to these addresses, so pages of any origin may read them. */
export const corsHeaders: Record<string, string> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "X-Fused-Request-Id, X-Fused-Metadata, X-Fused-Ignored-Parameters, ETag, Content-Disposition, Retry-After",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/** Answers a browser that asks whether a page may send a request. */
export function preflight(
  request: IncomingMessage,
  path: string,
  find: (method: string, path: string) => Found,
): ServiceResponse {
  const method = request.headers["access-control-request-method"] ?? "GET";
  const { route } = find(method, path);
  if (!route.cors) return { status: 204 };
  return {
    status: 204,
    headers: {
      ...corsHeaders,
      "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
      // UDFs may read headers of any name (fused.context.header).
      "Access-Control-Allow-Headers":
        request.headers["access-control-request-headers"] ?? "Authorization, Content-Type",
      "Access-Control-Max-Age": "86400",
    },
  };
}
