import type { IncomingHttpHeaders } from "node:http";
import { userInfo } from "node:os";
import type { ServiceContext } from "../context.ts";
import { HttpError } from "../http/http-error.ts";
import type { Caller } from "./caller.ts";
import { personalToken } from "./personal-token.ts";
import { callerOfServiceToken, registerServiceToken, serviceTokenPrefix, tokenHash } from "./service-tokens.ts";
import { userOf } from "./users.ts";

/** Who may come in, and as whom. */
export interface Identity {
  /** Single-user mode: the one token that lets its owner in. */
  personalToken?: string;
  /** True where the token was made just now. */
  isNew?: boolean;
  /** The caller of a request. @throws HttpError 401 */
  authenticate(headers: IncomingHttpHeaders): Promise<Caller>;
}

/** How long a token that was good is taken as good, milliseconds: a revoked one works for so long on other replicas. */
const trusted = 1000;
const mostTrusted = 10_000;

/** Opens the door that the settings ask for. */
export async function openIdentity(context: ServiceContext): Promise<Identity> {
  const { database, settings } = context;
  const known = new Map<string, { caller: Promise<Caller>; until: number }>();
  let single: { token: string; isNew: boolean } | undefined;
  if (settings.oidcIssuer === undefined) {
    single = personalToken(settings.dataFolder);
    const handle = localName();
    const owner = await userOf(database, { issuer: "local", subject: "owner", email: `${handle}@localhost`, handle });
    await registerServiceToken(database, single.token, owner.userId, "personal");
  }

  async function identify(scheme: string, token: string): Promise<Caller> {
    const isServiceToken = scheme === "fused-service-token" || token.startsWith(serviceTokenPrefix);
    const caller = isServiceToken ? await callerOfServiceToken(database, token) : undefined;
    if (caller) return caller;
    throw unauthorized("This token is not known here, has expired or was revoked. Log in again.");
  }

  return {
    personalToken: single?.token,
    isNew: single?.isNew,
    authenticate(headers) {
      const [scheme, token] = readAuthorization(headers);
      const key = tokenHash(token).toString("base64");
      const now = Date.now();
      const kept = known.get(key);
      if (kept && kept.until > now) return kept.caller;
      const caller = identify(scheme, token);
      if (known.size >= mostTrusted) known.clear();
      known.set(key, { caller, until: now + trusted });
      caller.catch(() => known.delete(key));
      return caller;
    },
  };
}

export function unauthorized(message: string): HttpError {
  return new HttpError(401, "AuthError", message, {}, { "WWW-Authenticate": 'Bearer realm="fused-service"' });
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
