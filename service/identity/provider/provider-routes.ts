import { createHash, timingSafeEqual } from "node:crypto";
import type { ServiceContext } from "../../context.ts";
import type { Route, ServiceResponse } from "../../http/route.ts";
import type { Caller } from "../caller.ts";
import { asksTooOften, authorizeRoutes } from "./authorize-routes.ts";
import { formBody } from "./form-body.ts";
import { findGrant, revokeFamily, useGrant, type Grant } from "./grants.ts";
import { issueTokens } from "./provider-tokens.ts";
import type { SigningKey } from "./signing-key.ts";

/** An answer may be lost on its way: the same refresh token is taken once more within so many milliseconds. */
const leeway = 10_000;

/** The small OpenID provider of single-user mode: discovery, keys, tokens; the pages are authorize-routes.ts. */
export function providerRoutes(
  context: ServiceContext,
  key: SigningKey,
  owner: () => Promise<Caller>,
  personalToken: string,
): Route[] {
  const { database, settings, url } = context;

  const document = {
    issuer: url,
    authorization_endpoint: `${url}/oauth/authorize`,
    token_endpoint: `${url}/oauth/token`,
    device_authorization_endpoint: `${url}/oauth/device/code`,
    revocation_endpoint: `${url}/oauth/revoke`,
    userinfo_endpoint: `${url}/oauth/userinfo`,
    jwks_uri: `${url}/oauth/jwks`,
    scopes_supported: ["openid", "email", "profile", "offline_access"],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    token_endpoint_auth_methods_supported: ["none"],
    revocation_endpoint_auth_methods_supported: ["none"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    claims_supported: ["sub", "email", "preferred_username"],
  };

  const issue = async ({ details, family }: Grant): Promise<ServiceResponse> => ({
    headers: noStore,
    body: await issueTokens(context, key, await owner(), details, family),
  });

  const byCode = async (fields: Record<string, string>): Promise<ServiceResponse> => {
    const { code = "", code_verifier: verifier = "", redirect_uri: redirectUri } = fields;
    const grant = await findGrant(database, "code", code);
    if (!grant) return wrong("invalid_grant", "The code is not known, or over.");
    const { details, family } = grant;
    const isUsed = grant.used_at !== null || !(await useGrant(database, code));
    if (isUsed) {
      // Somebody has seen the code: whoever it is, their tokens end (RFC 6749, 4.1.2).
      await revokeFamily(database, family);
      return wrong("invalid_grant", "The code was used already.");
    }
    if (details.clientId !== fields["client_id"] || details.redirectUri !== redirectUri) {
      return wrong("invalid_grant", "The code was given to another client or address.");
    }
    if (!/^[\w.~-]{43,128}$/.test(verifier) || !isChallengeOf(verifier, details.challenge ?? "")) {
      return wrong("invalid_grant", "The code verifier does not belong to this code.");
    }
    context.audit(await owner(), "login", "code", "ok");
    return issue(grant);
  };

  const byRefresh = async (fields: Record<string, string>): Promise<ServiceResponse> => {
    const { refresh_token: token = "" } = fields;
    const grant = await findGrant(database, "refresh", token);
    if (!grant || grant.details.clientId !== fields["client_id"]) {
      return wrong("invalid_grant", "This login is over: log in again.");
    }
    const isFirst = grant.used_at === null && (await useGrant(database, token));
    const usedAt = grant.used_at?.getTime() ?? Date.now();
    if (!isFirst && Date.now() - usedAt > leeway) {
      await revokeFamily(database, grant.family);
      return wrong("invalid_grant", "This refresh token was used already, so the login was ended: log in again.");
    }
    return issue(grant);
  };

  const byDevice = async (fields: Record<string, string>): Promise<ServiceResponse> => {
    const { device_code: code = "" } = fields;
    const grant = await findGrant(database, "device", code);
    if (!grant || grant.details.clientId !== fields["client_id"]) return wrong("expired_token", "The code is over.");
    const { decision, asked } = grant.details;
    if (decision === "denied") return wrong("access_denied", "The login was cancelled.");
    if (decision === "pending") {
      const often = await asksTooOften(context, code, asked);
      return wrong(often ? "slow_down" : "authorization_pending", "The user has not said yes yet.");
    }
    if (!(await useGrant(database, code))) return wrong("invalid_grant", "The code was used already.");
    context.audit(await owner(), "login", "device", "ok");
    return issue(grant);
  };

  const discovery = async (): Promise<ServiceResponse> => ({ body: document });
  const open = { auth: "none", cors: true } as const;
  return [
    ...authorizeRoutes(context, personalToken),
    { method: "GET", path: "/.well-known/openid-configuration", ...open, handle: discovery },
    { method: "GET", path: "/.well-known/oauth-authorization-server", ...open, handle: discovery },
    { method: "GET", path: "/oauth/jwks", ...open, handle: async () => ({ body: { keys: [key.jwk] } }) },
    {
      method: "POST",
      path: "/oauth/token",
      ...open,
      async handle(request) {
        const fields = await formBody(request);
        if (fields["client_id"] !== settings.oidcClientId)
          return wrong("invalid_client", "This client is not known.", 401);
        switch (fields["grant_type"]) {
          case "authorization_code":
            return byCode(fields);
          case "refresh_token":
            return byRefresh(fields);
          case "urn:ietf:params:oauth:grant-type:device_code":
            return byDevice(fields);
          default:
            return wrong("unsupported_grant_type", "grant_type is authorization_code, refresh_token or device_code.");
        }
      },
    },
    {
      method: "POST",
      path: "/oauth/revoke",
      ...open,
      async handle(request) {
        const { token = "" } = await formBody(request);
        // Unknown tokens are no error (RFC 7009, 2.2).
        const grant = await findGrant(database, "refresh", token);
        const family = grant?.family ?? (await familyOfAccessToken(token, key));
        if (family !== undefined) await revokeFamily(database, family);
        return { status: 200, body: {} };
      },
    },
    {
      method: "GET",
      path: "/oauth/userinfo",
      auth: "caller",
      handle: async ({ caller }) => ({
        body: { sub: caller.userId, email: caller.email, preferred_username: caller.handle, team: caller.teamName },
      }),
    },
  ];
}

const noStore = { "Cache-Control": "no-store", Pragma: "no-cache" };

function wrong(error: string, description: string, status = 400): ServiceResponse {
  return { status, headers: noStore, body: { error, error_description: description } };
}

function isChallengeOf(verifier: string, challenge: string): boolean {
  const made = Buffer.from(createHash("sha256").update(verifier).digest("base64url"));
  return made.length === challenge.length && timingSafeEqual(made, Buffer.from(challenge));
}

async function familyOfAccessToken(token: string, key: SigningKey): Promise<string | undefined> {
  const { jwtVerify } = await import("jose");
  const { payload } = await jwtVerify(token, key.publicKey).catch(() => ({ payload: {} as Record<string, unknown> }));
  return typeof payload["family"] === "string" ? payload["family"] : undefined;
}
