import type { JWTPayload, JWTVerifyGetKey } from "jose";
import type { Database } from "../database/database.ts";
import { HttpError } from "../http/http-error.ts";
import type { ServiceSettings } from "../settings.ts";
import type { Caller } from "./caller.ts";
import { EmailTakenError, userOf } from "./users.ts";

/** Signatures that a public key checks. None of the symmetric ones, and not `none`. */
const signatureAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const clockSeconds = 5;
/** How long the provider's document may be used, milliseconds. Its keys are fetched again when a token names another. */
const documentAge = 3600_000;
const fetchMilliseconds = 10_000;

interface Provider {
  keys: JWTVerifyGetKey;
  userinfo: string | undefined;
}

/** Takes access tokens of an OpenID provider in (RFC 9068; audience and issuer are checked, keys cached). */
export function oidcTokens(database: Database, { oidcIssuer: issuer, oidcAudience: audience }: ServiceSettings) {
  let provider: { at: number; found: Promise<Provider> } | undefined;

  const open = () => {
    if (!provider || Date.now() - provider.at > documentAge) {
      const found = discover(issuer!);
      provider = { at: Date.now(), found };
      found.catch(() => (provider = undefined));
    }
    return provider.found;
  };

  /** @throws HttpError 401, 503 */
  return async function callerOfToken(token: string): Promise<Caller> {
    const { jwtVerify, errors } = await import("jose");
    const { keys, userinfo } = await open();
    let claims: JWTPayload;
    try {
      const rules = { issuer, audience, algorithms: signatureAlgorithms, clockTolerance: clockSeconds };
      claims = (await jwtVerify(token, keys, { ...rules, requiredClaims: ["exp", "sub"] })).payload;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw unavailable(issuer!, error);
      if (error instanceof errors.JWKSTimeout) throw unavailable(issuer!, error);
      throw refused(explain(error, audience));
    }
    const known =
      typeof claims["email"] === "string" || !userinfo ? claims : { ...(await ask(userinfo, token)), ...claims };
    try {
      return await userOf(database, personOf(issuer!, claims.sub!, known));
    } catch (error) {
      if (error instanceof EmailTakenError) throw new HttpError(403, "AuthError", error.message);
      throw error;
    }
  };
}

async function discover(issuer: string): Promise<Provider> {
  const { createRemoteJWKSet } = await import("jose");
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const document = await fetchJson(address).catch((error: unknown) => {
    throw unavailable(issuer, error);
  });
  if (typeof document["jwks_uri"] !== "string") throw unavailable(issuer, new Error("its document names no keys"));
  const { jwks_uri: keys, userinfo_endpoint: userinfo } = document;
  return {
    keys: createRemoteJWKSet(new URL(keys as string), { timeoutDuration: fetchMilliseconds }),
    userinfo: typeof userinfo === "string" ? userinfo : undefined,
  };
}

async function fetchJson(address: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const response = await fetch(address, { headers, signal: AbortSignal.timeout(fetchMilliseconds) });
  if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  return (await response.json()) as Record<string, unknown>;
}

async function ask(userinfo: string, token: string): Promise<Record<string, unknown>> {
  return fetchJson(userinfo, { Authorization: `Bearer ${token}` }).catch(() => ({}));
}

function personOf(issuer: string, subject: string, claims: Record<string, unknown>) {
  const text = (name: string) =>
    typeof claims[name] === "string" && claims[name] !== "" ? (claims[name] as string) : undefined;
  const verified = claims["email_verified"] === false ? undefined : text("email");
  const email = verified ?? `${subject}@${new URL(issuer).hostname}`;
  const handle = text("preferred_username") ?? text("nickname") ?? email.split("@", 1)[0]!;
  return { issuer, subject, email, handle, team: text("team") };
}

function explain(error: Error & { code?: string; claim?: string }, audience: string): string {
  if (error.code === "ERR_JWT_EXPIRED") return "This token has expired. Log in again.";
  if (error.claim === "aud") return `This token is for another audience than ${audience}.`;
  if (error.claim === "iss") return "This token is from another provider than this service's.";
  return "This is no access token of this service's provider. Log in again.";
}

function refused(message: string): HttpError {
  return new HttpError(401, "AuthError", message, {}, { "WWW-Authenticate": 'Bearer error="invalid_token"' });
}

function unavailable(issuer: string, error: unknown): HttpError {
  const message = `The OpenID provider ${issuer} cannot be asked: ${(error as Error).message}.`;
  return new HttpError(503, "ServiceUnavailable", message, {}, { "Retry-After": "5" });
}
