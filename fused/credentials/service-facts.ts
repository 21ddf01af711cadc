import { sendRequest, ServiceError } from "../../engine/remote/service-http.ts";
import { requestLimits } from "../api/http-settings.ts";
import { AuthError } from "../errors.ts";
import { options } from "../options.ts";
import type { LoginSettings } from "./login-settings.ts";

/** What a service says of itself to everybody. */
export interface ServiceFacts {
  auth: {
    issuer?: string;
    client_id?: string;
    audience?: string;
    scopes?: string[];
    single_user?: boolean;
    paste_redirect_uri?: string;
  };
  shared_udf_base_url?: string;
  version?: string;
}

const facts = new Map<string, Promise<ServiceFacts>>();

/** What the service at an address says of itself, asked once. @throws ServiceError where it does not say */
function serviceFacts(baseUrl: string): Promise<ServiceFacts> {
  let known = facts.get(baseUrl);
  if (!known) {
    facts.set(baseUrl, (known = ask(baseUrl)));
    known.catch(() => facts.delete(baseUrl));
  }
  return known;
}

async function ask(baseUrl: string): Promise<ServiceFacts> {
  const limits = requestLimits();
  // Somebody waits for a link: one more attempt, not five.
  const settings = { ...limits, baseUrl, maxRetries: Math.min(1, limits.maxRetries) };
  const answer = await sendRequest(settings, { method: "GET", path: "/.well-known/fused", isAnonymous: true });
  const read = (await answer.body.json()) as ServiceFacts | null;
  if (typeof read?.auth !== "object")
    throw new ServiceError(`${baseUrl}/.well-known/fused is not what a service says.`);
  return read;
}

/**
 * How to log in to the service that the options name: as they say, and where they say nothing, as the service does.
 * @throws AuthError where neither says who logs in
 */
export async function loginSettings(): Promise<LoginSettings> {
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const { issuer, clientId, audience, authorizeUrl, tokenUrl, scopes } = options.auth;
  const limits = requestLimits();
  let said: ServiceFacts["auth"] = {};
  if (issuer === null || clientId === null) {
    try {
      said = (await serviceFacts(baseUrl)).auth;
    } catch (error) {
      throw new AuthError(
        `${baseUrl} does not say how to log in: ${(error as Error).message} Set fused.options.baseUrl to your service ` +
          "(npx fused-kernel service starts one), or fused.options.auth.issuer and .clientId to its OpenID provider.",
        { cause: error },
      );
    }
  }
  const from = { issuer: issuer ?? said.issuer, clientId: clientId ?? said.client_id };
  if (!from.issuer || !from.clientId) {
    throw new AuthError(
      `${baseUrl} has no OpenID provider to log in with. A service account needs none: set FUSED_AUTH_TOKEN (and ` +
        "FUSED_AUTH_TOKEN_TYPE) to the token that the service has printed or its owner gives you.",
    );
  }
  return {
    issuer: from.issuer,
    clientId: from.clientId,
    audience: audience ?? said.audience,
    authorizeUrl: authorizeUrl ?? undefined,
    tokenUrl: tokenUrl ?? undefined,
    pasteRedirectUri: said.paste_redirect_uri,
    scopes: issuer === null && said.scopes ? said.scopes : [...scopes],
    baseUrl,
    connectTimeoutMs: limits.connectTimeoutMs,
    readTimeoutMs: limits.readTimeoutMs,
  };
}
