import type { IncomingHttpHeaders } from "node:http";
import { userInfo } from "node:os";
import type { ServiceContext } from "../context.ts";
import type { Route } from "../http/route.ts";
import type { Caller } from "./caller.ts";
import { oidcTokens } from "./oidc-tokens.ts";
import { personalToken } from "./personal-token.ts";
import { loginLink } from "./provider/authorize-routes.ts";
import { sweepGrants } from "./provider/grants.ts";
import { providerRoutes } from "./provider/provider-routes.ts";
import { callerOfOwnToken } from "./provider/provider-tokens.ts";
import { signingKey } from "./provider/signing-key.ts";
import {
  callerOfServiceToken,
  registerServiceToken,
  serviceTokenPrefix,
  tokenHash,
  withdrawEarlierTokens,
} from "./service-tokens.ts";
import { unauthorized } from "./unauthorized.ts";
import { userOf } from "./users.ts";

/** Who may come in, and as whom. */
export interface Identity {
  /** The caller of a request. @throws HttpError 401 */
  authenticate(headers: IncomingHttpHeaders): Promise<Caller>;
  /** Those of the own provider, in single-user mode. */
  routes: Route[];
  /** Single-user mode only. */
  owner?: {
    /** The one token that lets the owner in, and whether it was made just now. */
    token: string;
    isNew: boolean;
    /** A link that lets a browser log in as the owner, once. */
    loginLink(): Promise<string>;
  };
}

/** How long a token that was good is taken as good, milliseconds: a revoked one works for so long. */
const trusted = 1000;
const mostTrusted = 10_000;

/** Opens the door that the settings ask for. */
export async function openIdentity(context: ServiceContext): Promise<Identity> {
  const { oidcIssuer } = context.settings;
  return oidcIssuer === undefined ? openSingleUser(context) : openTeam(context);
}

function openTeam(context: ServiceContext): Identity {
  const callerOfToken = oidcTokens(context.database, context.settings);
  return { authenticate: trusting(context, callerOfToken), routes: [] };
}

async function openSingleUser(context: ServiceContext): Promise<Identity> {
  const { database, settings, keys } = context;
  const { token, isNew } = personalToken(settings.dataFolder);
  const handle = localName();
  const owner = () => userOf(database, { issuer: "local", subject: "owner", email: `${handle}@localhost`, handle });
  const { userId } = await owner();
  await registerServiceToken(database, token, userId, "personal");
  if (isNew) await withdrawEarlierTokens(database, token, userId);
  await sweepGrants(database);
  const key = await signingKey(keys);
  return {
    authenticate: trusting(context, (given) => callerOfOwnToken(context, key, given)),
    routes: providerRoutes(context, key, owner, token),
    owner: { token, isNew, loginLink: () => loginLink(context) },
  };
}

/** Finds callers by their tokens, and remembers them for a moment. */
function trusting(
  { database }: ServiceContext,
  callerOfAccessToken: (token: string) => Promise<Caller>,
): Identity["authenticate"] {
  const known = new Map<string, { caller: Promise<Caller>; until: number }>();

  async function identify(scheme: string, token: string): Promise<Caller> {
    const isServiceToken = scheme === "fused-service-token" || token.startsWith(serviceTokenPrefix);
    if (!isServiceToken) return callerOfAccessToken(token);
    const caller = await callerOfServiceToken(database, token);
    if (caller) return caller;
    throw unauthorized("This service token is not known here, or was withdrawn.");
  }

  return async (headers) => {
    const [scheme, token] = readAuthorization(headers);
    const key = tokenHash(`${scheme} ${token}`).toString("base64");
    const now = Date.now();
    const kept = known.get(key);
    if (kept && kept.until > now) return kept.caller;
    const caller = identify(scheme, token);
    if (known.size >= mostTrusted) known.clear();
    known.set(key, { caller, until: now + trusted });
    caller.catch(() => known.delete(key));
    return caller;
  };
}

function readAuthorization({ authorization }: IncomingHttpHeaders): [scheme: string, token: string] {
  if (authorization === undefined) {
    throw unauthorized(
      "Nobody is logged in: send Authorization: Bearer <token>, or a service token as Fused-Service-Token.",
    );
  }
  const [, scheme = "", token = ""] = /^(Bearer|Fused-Service-Token) +([\w.~+/=-]+)$/i.exec(authorization) ?? [];
  if (token === "")
    throw unauthorized("The Authorization header is neither Bearer nor Fused-Service-Token with a token.");
  return [scheme.toLowerCase(), token];
}

function localName(): string {
  try {
    return userInfo().username.replace(/[^\w.-]/g, "_") || "owner";
  } catch {
    return "owner";
  }
}
