import type { ServiceContext } from "../context.ts";
import { HttpError, notFound } from "../http/http-error.ts";
import type { Route } from "../http/route.ts";
import { packageVersion } from "../../kernelspec/package-version.ts";
import type { Identity } from "./open-identity.ts";
import type { Caller } from "./caller.ts";
import { isAdmin } from "./is-admin.ts";
import { environmentToken, withdrawEnvironmentToken } from "./service-tokens.ts";

/** How a client finds out about the service from its address alone, and about itself. */
export function identityRoutes(context: ServiceContext, identity: Identity): Route[] {
  const { database, keys, settings, url } = context;

  /** The user of a path: oneself, or for admins one of their team. @throws HttpError 403, 404 */
  const userNamed = async (caller: Caller, who: string): Promise<string> => {
    if (who === "self" || who === caller.email) return caller.userId;
    if (!isAdmin(settings, caller)) {
      throw new HttpError(
        403,
        "AuthError",
        "Tokens of others are withdrawn by admins (fused-kernel service --admin EMAIL).",
      );
    }
    const [user] = await database.query<{ id: string }>(
      "select id from fused.users where email = $1 and team_id = $2",
      [who, caller.teamId],
    );
    if (user) return user.id;
    throw notFound(`user ${who} in your team`);
  };

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
    {
      method: "DELETE",
      path: "/server/v1/user/:who/environment-token",
      auth: "caller",
      async handle({ caller, params }) {
        const userId = await userNamed(caller, params["who"]!);
        const withdrawn = await withdrawEnvironmentToken(database, userId);
        context.audit(caller, "environment-token.withdraw", userId, "ok");
        return { body: { withdrawn } };
      },
    },
  ];
}
