import { setTimeout as sleep } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { isLoopback } from "../network-address.ts";

/** How a service is talked to. Read anew for each request, so that a changed option holds from the next one on. */
export interface HttpSettings {
  /** Address that paths are appended to, without a slash at its end. */
  baseUrl: string;
  /** The Authorization header; undefined sends none. `isRejected`: the service did not take the one of before. */
  authorization?: (isRejected: boolean) => Promise<string | undefined>;
  /** Longest wait for a connection, and for the next bytes of an answer, milliseconds; 0: none. */
  connectTimeoutMs: number;
  readTimeoutMs: number;
  /** How often a request is sent again, and the pause before the first repetition, which doubles each time, milliseconds. */
  maxRetries: number;
  retryDelayMs: number;
  headers?: Record<string, string>;
}

export interface HttpRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base address, `/user/self`; or a whole address. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  /** An object is sent as JSON. A function is called for each attempt. */
  body?: Uint8Array | object | (() => AsyncIterable<Uint8Array>);
  signal?: AbortSignal;
  /** False: doing it twice does harm, so it is repeated only where it has certainly not been done. Default by the method. */
  isRepeatable?: boolean;
  /** Send no Authorization header. */
  isAnonymous?: boolean;
  /** In place of the settings' own, milliseconds; 0: none. */
  readTimeoutMs?: number;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: Dispatcher.ResponseData["body"];
}

/** The service has answered with an error, or has not answered. */
export class ServiceError extends Error {
  override name = "ServiceError";
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** The service's own word for it: `AuthError`, `UdfRuntimeError`. */
  readonly type: string | undefined;
  readonly requestId: string | undefined;
  /** Further members of the answer's error. */
  readonly fields: Record<string, unknown>;

  constructor(
    message: string,
    {
      status = 0,
      type,
      requestId,
      fields = {},
      cause,
    }: { status?: number; type?: string; requestId?: string; fields?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.type = type;
    this.requestId = requestId;
    this.fields = fields;
  }
}

/** Answers after which the same request may do better; those of the second list say that nothing has been done. */
const passing = [429, 500, 502, 503];
const refusedUndone = [429, 503];
/** Errors of connections that were never made: nothing has been sent. */
const neverSent = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "EHOSTUNREACH", "ENETUNREACH"];
/** Longest pause that a service may ask for with Retry-After, milliseconds. */
const longestPause = 120_000;
/** An error's text is read up to here, bytes. */
const mostErrorBytes = 1 << 20;

/** Connection pools by their time limit for a connection. They keep connections alive and heed HTTP_PROXY, NO_PROXY. */
const pools = new Map<number, Dispatcher>();

async function pool(connectTimeoutMs: number): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import("undici");
  let found = pools.get(connectTimeoutMs);
  if (!found) {
    const connect = { timeout: connectTimeoutMs };
    pools.set(connectTimeoutMs, (found = new EnvHttpProxyAgent({ connect, keepAliveTimeout: 20_000 })));
  }
  return found;
}

/**
 * Sends a request, again where that may help, and gives the answer with its body still to be read.
 * @throws ServiceError for an answer of 400 and above, and where none came (with all that was tried)
 * @throws the signal's reason
 */
export async function sendRequest(settings: HttpSettings, request: HttpRequest): Promise<HttpAnswer> {
  const { maxRetries, retryDelayMs } = settings;
  const { signal, isRepeatable = request.method !== "POST" && request.method !== "PATCH" } = request;
  const tried: string[] = [];
  let isRejected = false;
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    let pause = retryDelayMs * 2 ** attempt;
    // Whose provider cannot be reached has no token: that is told as it is, not as a failure of this request.
    const authorization = request.isAnonymous ? undefined : await settings.authorization?.(isRejected);
    try {
      const answer = await sendOnce(settings, request, authorization);
      if (answer.status < 400) return answer;
      const error = await readError(answer, request);
      if (answer.status === 401 && !isRejected && !request.isAnonymous && settings.authorization) {
        // Perhaps it has just expired: a fresh one, once, and that is no repetition.
        isRejected = true;
        attempt--;
        continue;
      }
      const statuses = isRepeatable ? passing : refusedUndone;
      if (!statuses.includes(answer.status) || attempt >= maxRetries) throw error;
      tried.push(`HTTP ${answer.status}`);
      pause = retryAfter(answer.headers["retry-after"]) ?? pause;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof ServiceError || !isConnectionError(error)) throw error;
      tried.push(connectionErrorText(error));
      const code = errorCode(error) ?? "";
      const mayRepeat = isRepeatable || neverSent.includes(code);
      // On this machine nothing stands between us and a service: where none listens, few repetitions bridge its restart.
      const most =
        code === "ECONNREFUSED" && isLoopback(new URL(/^https?:/.test(request.path) ? request.path : settings.baseUrl))
          ? Math.min(maxRetries, 2)
          : maxRetries;
      if (!mayRepeat || attempt >= most) throw unreachable(settings, request, tried, error);
    }
    await sleep(pause, undefined, { signal, ref: true }).catch(() => signal?.throwIfAborted());
  }
}

async function sendOnce(
  settings: HttpSettings,
  request: HttpRequest,
  authorization: string | undefined,
): Promise<HttpAnswer> {
  const { method, query, body, signal } = request;
  const url = new URL(/^https?:/.test(request.path) ? request.path : settings.baseUrl + request.path);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const isJson = typeof body === "object" && !(body instanceof Uint8Array);
  const readTimeoutMs = request.readTimeoutMs ?? settings.readTimeoutMs;
  const headers = {
    "user-agent": "fused-kernel",
    accept: "application/json",
    ...(isJson && { "content-type": "application/json" }),
    ...settings.headers,
    ...request.headers,
    ...(authorization !== undefined && { authorization }),
  };
  const { request: send } = await import("undici");
  const answer = await send(url, {
    method,
    headers,
    body: typeof body === "function" ? asStream(body()) : isJson ? JSON.stringify(body) : (body as Uint8Array),
    signal,
    headersTimeout: readTimeoutMs,
    bodyTimeout: readTimeoutMs,
    dispatcher: await pool(settings.connectTimeoutMs),
  });
  return { status: answer.statusCode, headers: flat(answer.headers), body: answer.body };
}

function asStream(chunks: AsyncIterable<Uint8Array>) {
  return chunks as unknown as Dispatcher.RequestOptions["body"];
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]));
}

/** The error of an answer: the service's own words, or the status where it has none. */
async function readError({ status, headers, body }: HttpAnswer, { method, path }: HttpRequest): Promise<ServiceError> {
  const requestId = headers["x-fused-request-id"];
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      if ((size += chunk.length) > mostErrorBytes) break;
    }
  } catch {
    // What there is of it must do.
  }
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    const { type, message, request_id, ...fields } = (JSON.parse(text) as { error: Record<string, unknown> }).error;
    return new ServiceError(String(message), {
      status,
      type: typeof type === "string" ? type : undefined,
      requestId: requestId ?? (typeof request_id === "string" ? request_id : undefined),
      fields,
    });
  } catch {
    const said = text.trim().slice(0, 200);
    const place = /^https?:/.test(path) ? new URL(path).pathname : path;
    return new ServiceError(`HTTP ${status} to ${method} ${place}${said ? `: ${said}` : ""}`, { status, requestId });
  }
}

/** Seconds or a date, as milliseconds from now. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value.trim()) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(longestPause, Math.max(0, seconds * 1000)) : undefined;
}

function errorCode(error: unknown): string | undefined {
  const { code, cause } = error as { code?: string; cause?: unknown };
  return code ?? (cause === undefined ? undefined : errorCode(cause));
}

function isConnectionError(error: unknown): boolean {
  const code = errorCode(error);
  return (
    code !== undefined && /^(E[A-Z]+|UND_ERR_(CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|SOCKET|CLOSED))$/.test(code)
  );
}

/** Whether reading an answer's body failed because the connection did. */
export function isBrokenConnection(error: unknown): boolean {
  return (
    isConnectionError(error) || (error as Error).message === "terminated" || /^aborted/.test((error as Error).message)
  );
}

function connectionErrorText(error: unknown): string {
  const code = errorCode(error);
  const words: Record<string, string> = {
    ECONNREFUSED: "nothing listens there",
    ENOTFOUND: "there is no host of that name",
    ECONNRESET: "the connection was cut",
    UND_ERR_SOCKET: "the connection was cut",
    UND_ERR_CONNECT_TIMEOUT: "no connection within the time limit",
    UND_ERR_HEADERS_TIMEOUT: "no answer within the time limit",
    UND_ERR_BODY_TIMEOUT: "the answer stopped",
  };
  return words[code ?? ""] ?? ((error as Error).message || code || "no connection");
}

function unreachable({ baseUrl }: HttpSettings, { method, path }: HttpRequest, tried: string[], cause: unknown) {
  const place = /^https?:/.test(path) ? new URL(path).origin : baseUrl;
  const counted = tried.length === 1 ? tried[0]! : `${tried.length} attempts: ${[...new Set(tried)].join("; ")}`;
  const shown = /^https?:/.test(path) ? new URL(path).pathname : path;
  return new ServiceError(`${method} ${shown} got no answer from ${place} (${counted}).`, { cause });
}
