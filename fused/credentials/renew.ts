import { takeLock, type Lock } from "../../engine/cache/lock.ts";
import { requestLimits } from "../api/http-settings.ts";
import { AuthError, FusedError } from "../errors.ts";
import { options, optionSource } from "../options.ts";
import { isOver } from "./access-token.ts";
import type { Credentials } from "./credentials-file.ts";
import { credentialsPath, readCredentials, writeCredentials } from "./credentials-file.ts";
import { credentialsFrom, explain, openProvider } from "./provider.ts";
import { loginSettings } from "./service-facts.ts";

export interface Renewed {
  credentials: Credentials;
  isSaved: boolean;
}

let underWay: { of: string; renewed: Promise<Renewed> } | undefined;

/**
 * Exchanges a refresh token for a new access token. Of all kernels that share the file one does it, under the file's lock; the
 * others take what it has written, since a provider may take a refresh token once only.
 * @throws AuthError where the provider no longer takes it; FusedError where it cannot be reached
 */
export function renew(before: Credentials, how: { isRejected: boolean; usesFile: boolean }): Promise<Renewed> {
  if (underWay?.of === before.access_token) return underWay.renewed;
  const renewed = renewOnce(before, how).finally(() => {
    if (underWay?.renewed === renewed) underWay = undefined;
  });
  underWay = { of: before.access_token, renewed };
  return renewed;
}

async function renewOnce(before: Credentials, { isRejected, usesFile }: { isRejected: boolean; usesFile: boolean }) {
  const path = credentialsPath();
  const lock = usesFile ? await lockOf(path) : undefined;
  try {
    const now = usesFile ? readCredentials(path) : before;
    const isAnothers = now && now.access_token !== before.access_token && now.base_url === before.base_url;
    if (isAnothers && !isOver(now)) return { credentials: now, isSaved: true };
    const credentials = await exchange(now?.base_url === before.base_url ? now! : before, isRejected);
    return { credentials, isSaved: usesFile && save(credentials, path) };
  } finally {
    lock?.release();
  }
}

/** Undefined where the folder cannot be written: then there is nobody to agree with. */
async function lockOf(path: string): Promise<Lock | undefined> {
  const { connectTimeoutMs, readTimeoutMs } = requestLimits();
  try {
    return await takeLock(`${path}.lock`, { timeout: 2 * (connectTimeoutMs + readTimeoutMs) });
  } catch (error) {
    if (["EACCES", "EROFS", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function save(credentials: Credentials, path: string): boolean {
  if (!options.saveUserSettings) return false;
  try {
    writeCredentials(credentials, path);
    return true;
  } catch {
    return false;
  }
}

async function exchange(before: Credentials, isRejected: boolean): Promise<Credentials> {
  const again = "Log in again with %login.";
  if (before.refresh_token === undefined) {
    const why = isRejected ? "The service does not take the log-in any more" : "The log-in has expired";
    throw new AuthError(`${why}, and it came without a refresh token. ${again}`);
  }
  const provider = await openProvider(await providerOf(before)).catch((error: Error) => {
    throw new FusedError(`The log-in could not be renewed: ${error.message} Try again later.`, { cause: error });
  });
  try {
    const tokens = await provider.client.refreshTokenGrant(provider.configuration, before.refresh_token);
    return credentialsFrom(tokens, await kept(before), before);
  } catch (error) {
    const { error: code } = error as { error?: string };
    if (code === "invalid_grant" || code === "invalid_client" || code === "unauthorized_client") {
      throw new AuthError(`The log-in has ended: it was revoked, or has expired (${explain(error)}). ${again}`);
    }
    throw new FusedError(`The log-in could not be renewed: ${explain(error)}. Try again later.`, { cause: error });
  }
}

/** Who gave a log-in, as its file says: what a notebook says in the options must not make tokens go elsewhere. */
async function kept({ base_url: baseUrl, issuer, client_id: clientId, token_url: tokenUrl }: Credentials) {
  if (baseUrl !== undefined && issuer !== undefined && clientId !== undefined) {
    return { baseUrl, issuer, clientId, tokenUrl };
  }
  if (["baseUrl", "auth.issuer", "auth.clientId", "auth.tokenUrl"].some((name) => optionSource(name) === "assigned")) {
    throw new AuthError(
      "The saved log-in does not say who gave it, so it cannot be renewed here. Log in again with %login.",
    );
  }
  return loginSettings();
}

/** The provider that gave a log-in; the options' where the file does not say. */
async function providerOf(before: Credentials) {
  const { issuer, clientId, baseUrl, tokenUrl } = await kept(before);
  const { connectTimeoutMs, readTimeoutMs } = requestLimits();
  return { issuer, clientId, baseUrl, scopes: [], connectTimeoutMs, readTimeoutMs, tokenUrl };
}

/** Tells a provider that tokens are no longer good, as far as it listens. */
export async function revoke(credentials: Credentials): Promise<void> {
  try {
    const { client, configuration } = await openProvider(await providerOf(credentials));
    if (configuration.serverMetadata().revocation_endpoint === undefined) return;
    for (const token of [credentials.refresh_token, credentials.access_token]) {
      if (token !== undefined) await client.tokenRevocation(configuration, token).catch(() => {});
    }
  } catch {
    // The file is gone; more cannot be done from here.
  }
}
