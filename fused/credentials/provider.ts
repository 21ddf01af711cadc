import type { Configuration } from "openid-client";
import { isLoopback } from "../../engine/network-address.ts";
import type { Credentials } from "./credentials-file.ts";
import type { LoginSettings } from "./login-settings.ts";

type OpenidClient = typeof import("openid-client");

/** A provider that was asked what it can do. */
export interface Provider {
  client: OpenidClient;
  configuration: Configuration;
  /** Whether it knows the device grant (RFC 8628). */
  hasDeviceGrant: boolean;
}

/** The log-in did not come about; the message says why and what to do. */
export class LoginError extends Error {
  override name = "LoginError";
  readonly reason: "denied" | "expired" | "cancelled" | "provider" | "ended";

  constructor(message: string, reason: LoginError["reason"], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/**
 * Asks a provider for its configuration. Tokens go over TLS only, but for a provider of this very machine.
 * @throws LoginError where it cannot be reached, or is another than it says
 */
export async function openProvider(settings: LoginSettings): Promise<Provider> {
  const [client, undici] = await Promise.all([import("openid-client"), import("undici")]);
  const dispatcher = new undici.EnvHttpProxyAgent({
    connect: { timeout: settings.connectTimeoutMs },
    headersTimeout: settings.readTimeoutMs,
    bodyTimeout: settings.readTimeoutMs,
    // Few requests, and nothing of them is to keep a process alive.
    keepAliveTimeout: 100,
    pipelining: 1,
  });
  const fetchIt = (url: string, options: object) => undici.fetch(url, { ...options, dispatcher } as object);
  const issuer = new URL(settings.issuer);
  if (issuer.protocol !== "https:" && !isLoopback(issuer)) {
    throw new LoginError(
      `${issuer.origin} asks for a log-in over plain http: tokens go over https only, but for a provider of this machine.`,
      "provider",
    );
  }
  try {
    const configuration = await client.discovery(issuer, settings.clientId, undefined, client.None(), {
      execute: isLoopback(issuer) ? [client.allowInsecureRequests] : [],
      [client.customFetch]: fetchIt as never,
      timeout: Math.ceil(settings.readTimeoutMs / 1000) || undefined,
    });
    const metadata = configuration.serverMetadata();
    return {
      client,
      configuration: overridden(client, configuration, settings),
      hasDeviceGrant: metadata.device_authorization_endpoint !== undefined,
    };
  } catch (error) {
    throw new LoginError(`${settings.issuer} cannot log anybody in: ${explain(error)}.`, "provider", error);
  }
}

/** The configuration with the addresses that the options name in place of the provider's. */
function overridden(client: OpenidClient, from: Configuration, settings: LoginSettings): Configuration {
  const { authorizeUrl, tokenUrl, clientId } = settings;
  if (authorizeUrl === undefined && tokenUrl === undefined) return from;
  const { supportsPKCE: _, ...known } = from.serverMetadata();
  const metadata = {
    ...known,
    ...(authorizeUrl !== undefined && { authorization_endpoint: authorizeUrl }),
    ...(tokenUrl !== undefined && { token_endpoint: tokenUrl }),
  };
  const made = new client.Configuration(metadata, clientId, undefined, client.None());
  const fetchIt = from[client.customFetch];
  if (fetchIt) made[client.customFetch] = fetchIt;
  if (isLoopback(new URL(settings.issuer))) client.allowInsecureRequests(made);
  return made;
}

/** What went wrong in talking to a provider, in words, without anything that was sent or came. */
export function explain(error: unknown): string {
  const {
    code,
    message,
    error: oauthError,
    error_description,
    cause,
  } = error as {
    code?: string;
    message: string;
    error?: string;
    error_description?: string;
    cause?: unknown;
  };
  if (oauthError !== undefined) return error_description ? `${oauthError}, ${error_description}` : oauthError;
  const inner = cause as { code?: string; message?: string; cause?: { code?: string } } | undefined;
  if (inner?.code === "ECONNREFUSED" || inner?.cause?.code === "ECONNREFUSED") return "nothing listens there";
  if (code === "OAUTH_TIMEOUT") return "it did not answer in time";
  if (code === "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED")
    return "it says that it is another issuer than the one that was asked for";
  if (code === "OAUTH_RESPONSE_IS_NOT_CONFORM" || code === "OAUTH_RESPONSE_IS_NOT_JSON")
    return "it has no OpenID configuration";
  const text = message.replace(/\.$/, "");
  return inner?.message && inner.message !== message ? `${text} (${inner.message})` : text;
}

/** A provider's answer as it is kept. */
export function credentialsFrom(
  answer: { access_token: string; refresh_token?: string; expires_in?: number; token_type?: string },
  settings: Pick<LoginSettings, "baseUrl" | "issuer" | "clientId" | "tokenUrl">,
  before?: Credentials,
): Credentials {
  const { access_token, expires_in } = answer;
  const refresh_token = answer.refresh_token ?? before?.refresh_token;
  return {
    access_token,
    ...(refresh_token !== undefined && { refresh_token }),
    ...(expires_in !== undefined && {
      expires_in,
      expires_at: new Date(Date.now() + (expires_in - 1) * 1000).toISOString(),
    }),
    auth_scheme: "Bearer",
    base_url: settings.baseUrl,
    issuer: settings.issuer,
    client_id: settings.clientId,
    ...(settings.tokenUrl !== undefined && { token_url: settings.tokenUrl }),
  };
}
