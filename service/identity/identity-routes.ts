import type { ServiceContext } from "../context.ts";
import type { Route } from "../http/route.ts";
import { packageVersion } from "../../kernelspec/package-version.ts";
import type { Identity } from "./open-identity.ts";
import { environmentToken } from "./service-tokens.ts";

/** How a client finds out about the service from its address alone, and about itself. */
export function identityRoutes(context: ServiceContext, identity: Identity): Route[] {
  const { database, keys, settings, url } = context;
  return [
    ...identity.routes,
    {
      method: "GET",
      path: "/server/v1/.well-known/fused",
      auth: "none",
      cors: true,
      handle: async () => ({
        body: {
          auth: {
            issuer: settings.oidcIssuer ?? url,
            client_id: settings.oidcClientId,
            audience: settings.oidcAudience,
            scopes: ["openid", "email", "profile", "offline_access"],
            single_user: settings.oidcIssuer === undefined,
            // Where a code can be shown to be copied, for notebooks on machines without a browser.
            ...(settings.oidcIssuer === undefined && { paste_redirect_uri: `${url}/oauth/show-code` }),
          },
          shared_udf_base_url: `${url}/server/v1/realtime-shared`,
          version: packageVersion(),
        },
      }),
    },
    {
      method: "GET",
      path: "/server/v1/user/self",
      auth: "caller",
      async handle({ caller }) {
        const { userId, email, handle, teamId, teamName } = caller;
        return { body: { id: userId, email, handle, team: { id: teamId, name: teamName }, client_id: teamId } };
      },
    },
    {
      method: "GET",
      path: "/server/v1/user/self/environment-token",
      auth: "caller",
      async handle({ caller }) {
        context.audit(caller, "environment-token.read", caller.teamId, "ok");
        return {
          headers: { "Cache-Control": "no-store" },
          body: { token: await environmentToken(database, keys, caller) },
        };
      },
    },
  ];
}
