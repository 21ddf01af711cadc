import { lookup as resolveName, type LookupAddress, type LookupOptions } from "node:dns";
import { isIP } from "node:net";
import type { Dispatcher } from "undici";
import { explainPrivateAddress } from "./network-address.ts";
import type { NetworkPermission } from "./run-types.ts";

/** A request of a UDF, as its isolate says it. */
export interface FetchRequest {
  url: string;
  method: string;
  headers: [string, string][];
  redirect: "follow" | "error" | "manual";
}

export interface FetchAnswer {
  url: string;
  status: number;
  statusText: string;
  headers: [string, string][];
  redirected: boolean;
  body: ArrayBuffer;
}

/** A request that this engine does not let a UDF make. */
export class NetworkPermissionError extends Error {
  override name = "NetworkPermissionError";
}

/** A request to a host that is not among those that may be reached. */
export class HostNotGrantedError extends NetworkPermissionError {
  readonly url: URL;

  constructor(url: URL) {
    super(`fetch("${url.href}") was refused: ${url.host} is not among the hosts that may be reached (network.hosts).`);
    this.url = url;
  }
}

/** How many runs stand above the one that a request to a service asks for. No UDF sets it. */
export const depthHeader = "x-fused-recursion";

const mostRedirects = 20;
const mostBytes = 512 * 1024 * 1024;
/** Headers that belong to the connection, not to the one who asks. */
const connectionHeaders =
  /^(host|connection|content-length|transfer-encoding|keep-alive|upgrade|expect|te|trailer|proxy-.*)$/i;

type Undici = typeof import("undici");
type Lookup = (hostname: string, options: LookupOptions, callback: LookupCallback) => void;
type LookupCallback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

/** Connections to hosts whose addresses were checked, and to hosts that were allowed by name: two pools, never mixed. */
let pools: Promise<{ undici: Undici; guarded: Dispatcher; open: Dispatcher }> | undefined;

function connectionPools() {
  pools ??= import("undici").then((undici) => ({
    undici,
    guarded: new undici.Agent({ connect: { lookup: guardedLookup as never } }),
    open: new undici.Agent(),
  }));
  return pools;
}

/**
 * Makes a request for a UDF. Loopback, private and other special addresses are refused, whether named directly, by DNS, or
 * by a redirect; a connection goes to the very address that was checked.
 * @throws NetworkPermissionError naming host and option; TypeError where the request fails
 */
export async function fetchForUdf(
  request: FetchRequest,
  body: ArrayBuffer | undefined,
  permission: NetworkPermission,
  signal: AbortSignal,
): Promise<FetchAnswer> {
  const { response, url, redirected } = await openForUdf(request, body, permission, signal);
  return readAnswer(response, url, redirected);
}

/** The same, with the answer's body still to be read. */
export async function openForUdf(
  request: FetchRequest,
  body: ArrayBuffer | undefined,
  permission: NetworkPermission,
  signal: AbortSignal,
): Promise<{ response: Awaited<ReturnType<typeof fetchOnce>>; url: URL; redirected: boolean }> {
  if (permission.enabled === false) {
    throw new NetworkPermissionError(
      `fetch("${request.url}") was refused: this run has no network (network.enabled is false).`,
    );
  }
  let url = new URL(request.url);
  let { method } = request;
  let sentBody = body;
  let headers = request.headers.filter(([name]) => !connectionHeaders.test(name));
  for (let hops = 0; ; hops++) {
    const response = await fetchOnce(url, { method, headers, body: sentBody, signal }, permission);
    const location = response.headers.get("location");
    const isRedirect = [301, 302, 303, 307, 308].includes(response.status) && location !== null;
    if (!isRedirect || request.redirect === "manual") return { response, url, redirected: hops > 0 };
    await response.body?.cancel();
    if (request.redirect === "error")
      throw new TypeError(`${url.href} redirects, and the request asked for redirect: "error".`);
    if (hops === mostRedirects) throw new TypeError(`${request.url} redirects more than ${mostRedirects} times.`);
    const next = new URL(location, url);
    if (response.status === 303 || (response.status < 303 && method === "POST")) {
      method = method === "HEAD" ? "HEAD" : "GET";
      sentBody = undefined;
      headers = headers.filter(([name]) => !/^content-/i.test(name));
    }
    if (next.origin !== url.origin) headers = headers.filter(([name]) => !/^(authorization|cookie)$/i.test(name));
    url = next;
  }
}

interface Init {
  method: string;
  headers: [string, string][];
  body: ArrayBuffer | undefined;
  signal: AbortSignal;
}

async function fetchOnce(url: URL, init: Init, permission: NetworkPermission) {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new NetworkPermissionError(`fetch("${url.href}") was refused: a UDF may use http: and https: only.`);
  }
  if (permission.hosts && !standsOn(permission.hosts, url)) throw new HostNotGrantedError(url);
  const isAllowed = standsOn(permission.allowPrivate ?? [], url);
  if (!isAllowed && isIP(url.hostname.replace(/^\[|\]$/g, ""))) {
    const reason = explainPrivateAddress(url.hostname);
    if (reason) throw refusal(url, `${url.hostname} is ${reason}`);
  }
  const { undici, guarded, open } = await connectionPools();
  try {
    return await undici.fetch(url, { ...init, redirect: "manual", dispatcher: isAllowed ? open : guarded });
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    if (cause instanceof PrivateNameError) throw refusal(url, cause.message);
    if (init.signal.aborted) throw error;
    const detail =
      cause instanceof Error ? cause.message || (cause as { code?: string }).code : (error as Error).message;
    throw new TypeError(`fetch("${url.href}") failed: ${detail}`);
  }
}

async function readAnswer(
  response: Awaited<ReturnType<typeof fetchOnce>>,
  url: URL,
  redirected: boolean,
): Promise<FetchAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > mostBytes) {
      throw new TypeError(`${url.href} answers with more than ${mostBytes / 1024 / 1024} MiB, the limit for a UDF.`);
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  const { status, statusText } = response;
  return { url: url.href, status, statusText, headers: [...response.headers], redirected, body: body.buffer };
}

/** Whether a URL's host stands on a list, with its port or without one. */
function standsOn(hosts: string[], url: URL): boolean {
  const name = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const names = [name, `${name}:${port}`, `[${name}]`, `[${name}]:${port}`];
  return hosts.some((each) => names.includes(each.toLowerCase()));
}

function refusal(url: URL, reason: string): NetworkPermissionError {
  const list = JSON.stringify([url.host]);
  return new NetworkPermissionError(
    `fetch("${url.href}") was refused: ${reason}, which a UDF may not reach. Allow it with the option network.allowPrivate: ${list}.`,
  );
}

class PrivateNameError extends Error {}

/** `dns.lookup` that gives public addresses only: what it gives is what is connected to, so no second answer can differ. */
const guardedLookup: Lookup = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error);
    for (const { address } of addresses) {
      const reason = explainPrivateAddress(address);
      if (reason) return callback(new PrivateNameError(`${hostname} has the address ${address}, ${reason}`));
    }
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first?.address, first?.family);
  });
};
