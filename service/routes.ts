import { auditRoutes } from "./audit/audit-routes.ts";
import type { ServiceContext } from "./context.ts";
import { fileRoutes } from "./files/file-routes.ts";
import type { Route } from "./http/route.ts";
import type { Identity } from "./identity/open-identity.ts";
import { identityRoutes } from "./identity/identity-routes.ts";
import { jobRoutes } from "./jobs/job-routes.ts";
import type { JobQueue } from "./jobs/job-queue.ts";
import { healthRoutes } from "./metrics/health-routes.ts";
import { realtimeRoutes } from "./realtime/realtime-routes.ts";
import { sharedRoutes } from "./realtime/shared-routes.ts";
import { secretRoutes } from "./secrets/secret-routes.ts";
import { startPageRoutes } from "./start-page.ts";
import { tokenRoutes } from "./tokens/token-routes.ts";
import { udfRoutes } from "./udfs/udf-routes.ts";

/** All operations of the service; each part brings its own. */
export function serviceRoutes(context: ServiceContext, identity: Identity, queue: JobQueue): Route[] {
  return [
    ...startPageRoutes(context),
    ...healthRoutes(context),
    ...identityRoutes(context, identity),
    ...udfRoutes(context),
    ...tokenRoutes(context),
    ...realtimeRoutes(context),
    ...sharedRoutes(context, identity),
    ...jobRoutes(context, queue),
    ...fileRoutes(context),
    ...secretRoutes(context),
    ...auditRoutes(context),
  ];
}
