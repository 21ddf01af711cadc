import { AuthError, UdfLoadError } from "../errors.ts";
import { options } from "../options.ts";
import type { Answer } from "./fetch-bytes.ts";
import { fetchBytes } from "./fetch-bytes.ts";
import type { KeptFile } from "./kept-files.ts";
import { forget, keep, readKept } from "./kept-files.ts";

/** How long a branch's file is taken as it was, milliseconds (fused-spec.md 6.3). */
const freshMs = 60_000;

export interface GithubRequest {
  /** True for what cannot change, a file of a commit: kept on disk for good. */
  isPinned?: boolean;
  /** Ask the server even where an answer of the last minute is kept. */
  isForced?: boolean;
  /** True for what may be absent: that it is, is kept as well, and a failure is taken for absence. */
  isOptional?: boolean;
  /** Media type, for the API. */
  accept?: string;
}

/**
 * A file or an answer of the API from GitHub; undefined where it has none. Kept answers are used for a minute, or for
 * good where they are pinned, and revalidated by their ETag; where GitHub cannot be reached, or has had enough requests,
 * the last copy serves, with a warning.
 * @throws UdfLoadError where it cannot be reached or its rate limit is used up and there is no copy
 * @throws AuthError where it does not permit the request
 */
export async function githubBytes(url: string, request: GithubRequest = {}): Promise<Uint8Array | undefined> {
  const kept = await readKept(url);
  const isFresh = kept && Date.now() - kept.checked < freshMs && !request.isForced;
  if (kept && (request.isPinned || isFresh)) return kept.bytes;
  let answer: Answer;
  try {
    answer = await fetchBytes(
      url,
      { headers: headersOf(url, request, kept) },
      kept || request.isOptional ? 1 : undefined,
    );
    checkAnswer(url, answer);
  } catch (error) {
    if (!(error instanceof UdfLoadError)) throw error;
    if (!kept?.bytes && request.isOptional) return undefined;
    if (!kept?.bytes) throw error;
    console.warn(`${error.message} The copy of ${new Date(kept.checked).toISOString()} is used.`);
    return kept.bytes;
  }
  const checked = Date.now();
  if (answer.status === 304 && kept) {
    await keep({ ...kept, checked });
    return kept.bytes;
  }
  const etag = answer.headers.get("etag") ?? undefined;
  const bytes = answer.status === 200 ? answer.bytes : undefined;
  if (bytes || (request.isPinned && request.isOptional)) await keep({ url, etag, checked, bytes });
  else if (kept) await forget(url);
  return bytes;
}

/** An answer of the API as JSON; undefined where it has none. */
export async function githubJson(path: string, request: GithubRequest = {}): Promise<unknown> {
  const bytes = await githubBytes(apiUrl(path), { accept: "application/vnd.github+json", ...request });
  try {
    return bytes && (JSON.parse(Buffer.from(bytes).toString("utf8")) as unknown);
  } catch (error) {
    throw new UdfLoadError(`${apiUrl(path)} answered with something that is not JSON: ${(error as Error).message}.`);
  }
}

export function apiUrl(path: string): string {
  return `${options.githubApiBaseUrl.replace(/\/+$/, "")}/${path}`;
}

/** The token that requests carry: private repositories need one, and the rate limit is higher with one. */
export function githubToken(): string | undefined {
  return process.env["GITHUB_TOKEN"] || process.env["GH_TOKEN"] || undefined;
}

function headersOf(url: string, { accept }: GithubRequest, kept: KeptFile | undefined): Record<string, string> {
  // A gist's answer names addresses of its files: those get no token.
  const isKnown = [options.githubApiBaseUrl, options.githubRawBaseUrl].some((base) => url.startsWith(base));
  const token = isKnown ? githubToken() : undefined;
  return {
    "user-agent": "fused-kernel",
    ...(accept !== undefined && { accept }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(kept?.etag !== undefined && kept.bytes && { "if-none-match": kept.etag }),
  };
}

/**
 * Tells what an answer's status means, beside "here it is" (200, 304) and "there is none" (404, 410, 422).
 * @throws UdfLoadError, AuthError
 */
export function checkAnswer(url: string, { status, headers }: Answer): void {
  if ([200, 201, 304, 404, 410, 422].includes(status)) return;
  const isLimit =
    status === 429 || (status === 403 && (headers.get("x-ratelimit-remaining") === "0" || headers.has("retry-after")));
  if (isLimit) throw rateLimited(url, status, headers);
  if (status === 401 || status === 403) {
    const advice = githubToken()
      ? "The token in GITHUB_TOKEN is not valid there, or lacks the permission."
      : "Set GITHUB_TOKEN to a token that may read it.";
    throw new AuthError(`${url} is not permitted (HTTP ${status}). ${advice}`, { status });
  }
  throw new UdfLoadError(`${url} could not be fetched: the server answered with HTTP ${status}.`, { status });
}

function rateLimited(url: string, status: number, headers: Headers): UdfLoadError {
  const reset =
    Number(headers.get("x-ratelimit-reset")) * 1000 || Date.now() + Number(headers.get("retry-after")) * 1000;
  const until = Number.isFinite(reset) && reset > Date.now() ? `until ${new Date(reset).toISOString()}` : "for a while";
  const advice = githubToken() ? "" : " With a token in GITHUB_TOKEN the limit is higher.";
  return new UdfLoadError(`${url} was refused (HTTP ${status}): GitHub's rate limit is used up ${until}.${advice}`, {
    status,
  });
}
