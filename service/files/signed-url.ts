import { createHmac, timingSafeEqual } from "node:crypto";
import { HttpError } from "../http/http-error.ts";
import type { Keys } from "../keys.ts";

/** Addresses that open a team's files without a login, until they expire. HMAC-SHA-256 over everything they grant. */

const base = "/server/v1/files";
export const signedRoutePath = `${base}/signed/:team/*path`;
export const runRoutePath = `${base}/run/:team/:expires/:signature/*path`;

export const defaultSeconds = 3600;
export const mostSeconds = 7 * 24 * 3600;
/** A run may go on this long and still read its files: runs on the service are shorter, parts of jobs ask anew. */
const runSeconds = 26 * 3600;
/** Addresses for runs change only so often, that the engine's plan of the run stays the same. */
const runStep = 3600;

const now = () => Math.floor(Date.now() / 1000);

/** An address of one file, for GET and HEAD. */
export function signedFileUrl(keys: Keys, serviceUrl: string, teamId: string, path: string, seconds: number): string {
  const expires = String(now() + seconds);
  const signature = sign(keys, ["file", teamId, path, expires]);
  return `${serviceUrl}${base}/signed/${teamId}/${encodePath(path)}?expires=${expires}&sig=${signature}`;
}

/** @throws HttpError 403 where the signature is not ours, or its time is over */
export function checkSignedFile(keys: Keys, teamId: string, path: string, query: URLSearchParams): void {
  const expires = query.get("expires") ?? "";
  check(sign(keys, ["file", teamId, path, expires]), query.get("sig") ?? "", expires);
}

/** What `fd://` stands for in a run: paths are appended to it. */
export function runFilesUrl(keys: Keys, serviceUrl: string, teamId: string): { url: string; signature: string } {
  const expires = String(Math.ceil((now() + runSeconds) / runStep) * runStep);
  const signature = sign(keys, ["run", teamId, expires]);
  return { url: `${serviceUrl}${base}/run/${teamId}/${expires}/${signature}`, signature };
}

/** @throws HttpError 403 */
export function checkRunFiles(keys: Keys, params: Record<string, string>): void {
  const { team = "", expires = "", signature = "" } = params;
  check(sign(keys, ["run", team, expires]), signature, expires);
}

export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function sign(keys: Keys, granted: string[]): string {
  return createHmac("sha256", keys.derive("files")).update(JSON.stringify(granted)).digest("base64url");
}

function check(right: string, given: string, expires: string): void {
  const [a, b] = [Buffer.from(right), Buffer.from(given)];
  if (a.length !== b.length || !timingSafeEqual(a, b)) {
    throw new HttpError(403, "AuthError", "The address is not signed by this service, or was changed.");
  }
  if (Number(expires) <= now()) {
    throw new HttpError(403, "AuthError", "The address has expired. Ask for another with /files/sign.");
  }
}
