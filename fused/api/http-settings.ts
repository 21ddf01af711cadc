import type { HttpSettings } from "../../engine/remote/service-http.ts";
import { options } from "../options.ts";

/** Time limits and repetitions of requests, as the options are now (fused-spec.md section 20). */
export function requestLimits(): Omit<HttpSettings, "baseUrl"> {
  const { requestTimeout, requestMaxRetries, requestRetryBaseDelay } = options;
  const [connect, read] = typeof requestTimeout === "number" ? [requestTimeout, requestTimeout] : requestTimeout;
  return {
    connectTimeoutMs: Math.ceil(connect * 1000),
    readTimeoutMs: Math.ceil(read * 1000),
    maxRetries: requestMaxRetries,
    retryDelayMs: requestRetryBaseDelay * 1000,
  };
}
