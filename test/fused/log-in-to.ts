import fused from "../../fused/index.ts";
import type { TestService } from "../service/open-service.ts";

/** Makes the options of this process those of somebody who is logged in to a service, as its owner, and nothing else. */
export function logInTo(service: TestService): void {
  fused.options.reset();
  fused.options.baseUrl = service.base;
  fused.options.requestRetryBaseDelay = 0.02;
  fused.options.verboseUdfRuns = false;
  process.env["FUSED_AUTH_TOKEN"] = service.token!;
}
