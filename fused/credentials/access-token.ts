import { existsSync } from "node:fs";
import { isLoopback } from "../../engine/network-address.ts";
import { AuthError, FusedError } from "../errors.ts";
import { keepSecret } from "../known-secrets.ts";
import { options, optionSource } from "../options.ts";
import { readSettings, settingsPath } from "../options-file.ts";
import { optionDefinitions } from "../options-definitions.ts";
import type { Credentials } from "./credentials-file.ts";
import { credentialsPath, CredentialsFileError, deleteCredentials, readCredentials } from "./credentials-file.ts";

/** A log-in that is in no file: the home directory cannot be written, or the option saveUserSettings is off. */
let own: Credentials | undefined;

/** A token this close to its end is renewed before it is used, milliseconds. */
const margin = 30_000;

/** How somebody who is not logged in gets there. */
export const howToLogIn =
  "Log in with %login (await new fused.NotebookCredentials().ready), or set FUSED_AUTH_TOKEN for a service account.";

/** Takes a log-in that has just come about. @param isSaved it is in the file as well */
export function adoptCredentials(credentials: Credentials, isSaved: boolean): void {
  keepSecret(credentials.access_token, credentials.refresh_token);
  own = isSaved ? undefined : credentials;
}

/**
 * The token of a service account in the environment, which ranks above the log-in. It is for the service that the environment,
 * the settings or the default name, and for one on this machine: a notebook that names another one does not get it sent there.
 */
export function environmentToken(baseUrl: string = options.baseUrl): { scheme: string; token: string } | undefined {
  const token = process.env["FUSED_AUTH_TOKEN"];
  if (!token) return undefined;
  keepSecret(token);
  if (!isUsersChoice(baseUrl)) return undefined;
  return { scheme: process.env["FUSED_AUTH_TOKEN_TYPE"] || "Fused-Service-Token", token };
}

const withoutSlash = (url: string) => url.replace(/\/+$/, "");

/** Whether it was the user, not the code of a notebook, who named a service. */
function isUsersChoice(baseUrl: string): boolean {
  const here = withoutSlash(baseUrl);
  const address = URL.parse(here);
  if (address && isLoopback(address)) return true;
  if (optionSource("baseUrl") !== "assigned" && withoutSlash(options.baseUrl) === here) return true;
  return withoutSlash(process.env["FUSED_BASE_URL"] ?? savedBaseUrl() ?? optionDefinitions.baseUrl.fallback) === here;
}

function savedBaseUrl(): string | undefined {
  try {
    const saved = readSettings(settingsPath())["base_url"];
    return typeof saved === "string" ? saved : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The log-in for a service, default the one that the options name; one for another service is none.
 * @throws AuthError where the file is no log-in
 */
export function savedCredentials(baseUrl: string = options.baseUrl): Credentials | undefined {
  let found: Credentials | undefined;
  try {
    found = own && belongs(own, baseUrl) ? own : readCredentials();
  } catch (error) {
    if (error instanceof CredentialsFileError) throw new AuthError(error.message, { cause: error });
    throw new AuthError(`The log-in cannot be read: ${(error as Error).message}.`, { cause: error });
  }
  if (!found) return undefined;
  keepSecret(found.access_token, found.refresh_token);
  return belongs(found, baseUrl) ? found : undefined;
}

/** A token is shown to no service but the one that it is for. */
function belongs({ base_url }: Credentials, baseUrl: string): boolean {
  return withoutSlash(base_url ?? optionDefinitions.baseUrl.fallback) === withoutSlash(baseUrl);
}

/** Whether somebody is logged in to the service that the options name, so that runs may go there by themselves. */
export function isLoggedIn(): boolean {
  // A file of Python's SDK is for the product's own service, which does not run UDFs in TypeScript.
  if (!own && !existsSync(credentialsPath())) return false;
  try {
    return savedCredentials()?.base_url !== undefined;
  } catch {
    return false;
  }
}

/** The saved log-in's token, renewed where it has expired; undefined where nobody is logged in. */
async function bearer(isRejected: boolean, baseUrl?: string): Promise<Credentials | undefined> {
  const saved = savedCredentials(baseUrl);
  if (!saved || !(isRejected || isOver(saved))) return saved;
  const { renew } = await import("./renew.ts");
  const fresh = await renew(saved, { isRejected, usesFile: saved !== own });
  adoptCredentials(fresh.credentials, fresh.isSaved);
  return fresh.credentials;
}

/** Whether a token has expired, or is about to. */
export function isOver({ expires_at }: Credentials): boolean {
  const end = expires_at === undefined ? Number.NaN : Date.parse(expires_at);
  return !Number.isNaN(end) && end - margin < Date.now();
}

/**
 * The Authorization header for the service; undefined where nobody is logged in.
 * @param isRejected the service has not taken the last one: it is renewed whatever its date says
 * @throws AuthError where the log-in has ended
 */
export async function authorization(isRejected = false, baseUrl?: string): Promise<string | undefined> {
  const account = environmentToken(baseUrl);
  if (account) return `${account.scheme} ${account.token}`;
  const credentials = await bearer(isRejected, baseUrl);
  return credentials && `${credentials.auth_scheme} ${credentials.access_token}`;
}

/**
 * The access token. Who has it is you, for the service: keep it where nobody reads it. Outputs of the notebook do not show it.
 * @throws AuthError where nobody is logged in
 */
export async function accessToken(baseUrl: string = options.baseUrl): Promise<string> {
  const account = environmentToken(baseUrl);
  const token = account?.token ?? (await bearer(false, baseUrl))?.access_token;
  if (token === undefined) throw nobodyIsLoggedIn(baseUrl);
  console.warn(
    "Whoever has this token is you, for the service: keep it where nobody reads it. Outputs do not show it.",
  );
  return token;
}

/** The error of who needs a log-in for a service and has none. */
export function nobodyIsLoggedIn(baseUrl: string): AuthError {
  const isElsewhere = process.env["FUSED_AUTH_TOKEN"] && !environmentToken(baseUrl);
  const why = isElsewhere
    ? " FUSED_AUTH_TOKEN is not sent to an address that a notebook has set: name the service with FUSED_BASE_URL."
    : "";
  return new AuthError(`Nobody is logged in to ${baseUrl}.${why} ${howToLogIn}`);
}

/** `Bearer`, or the kind of the environment's token. */
export function authScheme(): string {
  return environmentToken()?.scheme ?? savedCredentials()?.auth_scheme ?? "Bearer";
}

/**
 * Ends the log-in: the provider is told that its tokens are no longer good, where it takes that, and the file is removed.
 * Harmless where nobody is logged in. @returns whether somebody was
 */
export async function logout(): Promise<boolean> {
  let saved: Credentials | undefined;
  try {
    saved = savedCredentials();
  } catch {
    // No log-in, but a file, which goes.
  }
  own = undefined;
  let wasThere: boolean;
  try {
    wasThere = deleteCredentials();
  } catch (error) {
    throw new FusedError(`${credentialsPath()} cannot be removed: ${(error as Error).message}.`, { cause: error });
  }
  if (saved) await (await import("./renew.ts")).revoke(saved);
  return wasThere || saved !== undefined;
}
