import type { ServiceContext } from "./context.ts";
import type { Route } from "./http/route.ts";
import type { Identity } from "./identity/open-identity.ts";
import { identityRoutes } from "./identity/identity-routes.ts";
import { healthRoutes } from "./metrics/health-routes.ts";

/** All operations of the service; each part brings its own. */
export function serviceRoutes(context: ServiceContext, identity: Identity, queue: JobQueue): Route[] {
  return [...healthRoutes(context), ...identityRoutes(context, identity)];
}
