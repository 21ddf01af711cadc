import { isIP } from "node:net";
import {
  fetchForUdf,
  HostNotGrantedError,
  NetworkPermissionError,
  type FetchAnswer,
  type FetchRequest,
} from "../../engine/host-fetch.ts";
import { explainPrivateAddress } from "../../engine/network-address.ts";
import type { NetworkPermission } from "../../engine/run-types.ts";

/** Asks the user for a line; null where that is not possible. */
export type Ask = (prompt: string) => Promise<string | null>;

/** The hosts that the user lets a sandboxed notebook reach. Notebook code has no way to grant itself anything. */
export interface HostGrants {
  /** What may be reached now; for UDFs, which nobody can be asked for. */
  permission(): NetworkPermission;
  /** `fetch` of a cell: asks for a host when it is first wanted. @throws NetworkPermissionError, TypeError */
  fetch(request: FetchRequest, body: ArrayBuffer | undefined, ask: Ask, signal: AbortSignal): Promise<FetchAnswer>;
}

/** Refusals that a notebook may provoke before it is no longer asked about: a person is not to be worn down. */
const mostRefusals = 5;
/** Hosts that one request may lead through, each asked for. */
const mostHosts = 5;

/** Hosts (`name` or `name:port`) that were named when the kernel was installed. */
export interface InstalledGrants {
  hosts: string[];
  /** Those that may have an address of a private network. */
  privateHosts: string[];
}

export function createHostGrants({ hosts: granted, privateHosts }: InstalledGrants): HostGrants {
  const hosts = new Set([...granted, ...privateHosts].map((host) => host.toLowerCase()));
  /** Granted by name, so that an address on a private network is what the user means; of others the address is checked. */
  const byName = new Set([...hosts].filter((host) => privateHosts.includes(host) || isPrivate(host)));
  const refused = new Set<string>();
  const asking = new Map<string, Promise<boolean>>();
  let refusals = 0;

  const permission = (): NetworkPermission => ({ hosts: [...hosts], allowPrivate: [...byName] });

  const ask = async (url: URL, askUser: Ask): Promise<boolean> => {
    const reason = privateReason(url);
    const host = url.host;
    if (refused.has(host) || refusals >= mostRefusals) return false;
    const line = await askUser(
      reason === undefined
        ? `Allow this notebook to reach ${host}? [y/N] `
        : `${host} is ${reason}: programs of yours and of your network answer there. Type ${host} to allow this notebook to reach it: `,
    );
    if (line === null) return false;
    const isYes = reason === undefined ? /^y(es)?$/i.test(line.trim()) : line.trim().toLowerCase() === host;
    if (!isYes) {
      refusals++;
      refused.add(host);
      return false;
    }
    for (const name of namesOf(url)) {
      hosts.add(name);
      if (reason !== undefined) byName.add(name);
    }
    return true;
  };

  /** The same host is asked for once, however many requests want it. */
  const grant = (url: URL, askUser: Ask): Promise<boolean> => {
    const known = asking.get(url.host) ?? ask(url, askUser).finally(() => asking.delete(url.host));
    asking.set(url.host, known);
    return known;
  };

  return {
    permission,
    async fetch(request, body, askUser, signal) {
      for (let asked = 0; ; asked++) {
        try {
          return await fetchForUdf(request, body?.slice(0), permission(), signal);
        } catch (error) {
          if (!(error instanceof HostNotGrantedError)) throw explained(error);
          const { url } = error;
          const isRedirect = url.host !== hostOf(request.url);
          // What was sent once is not sent again.
          const mayRepeat =
            !isRedirect || ((request.method === "GET" || request.method === "HEAD") && body === undefined);
          if (asked >= mostHosts || !mayRepeat || !(await grant(url, askUser))) throw refusal(request, url, isRedirect);
          signal.throwIfAborted();
        }
      }
    },
  };
}

function refusal(request: FetchRequest, url: URL, isRedirect: boolean): NetworkPermissionError {
  const what = isRedirect
    ? `${request.url} leads to ${url.host}, which this notebook may not reach`
    : `This notebook may not reach ${url.host}`;
  return new NetworkPermissionError(
    `${what}: it was not allowed. A sandboxed notebook asks when a cell first fetches from a host, where the front end takes ` +
      `input; or allow it for good: fused-kernel install --sandbox --allow-host ${url.host}`,
  );
}

/** The words of the engine are those for UDFs. */
function explained(error: unknown): unknown {
  if (!(error instanceof NetworkPermissionError)) return error;
  const message = error.message
    .replace(
      / Allow it with the option network\.allowPrivate: \["(.*)"\]\.$/,
      (_, host: string) =>
        ` Only who installs the kernel can allow it: fused-kernel install --sandbox --allow-private-host ${host}`,
    )
    .replaceAll("a UDF may", "a sandboxed notebook may");
  return new NetworkPermissionError(message);
}

const isPrivate = (host: string): boolean =>
  URL.canParse(`http://${host}`) && privateReason(new URL(`http://${host}`)) !== undefined;

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

/** Why a host is one of this machine or its network, as far as its name tells. No name is looked up before it is granted. */
function privateReason({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (isIP(bare)) return explainPrivateAddress(bare);
  if (/^(?:.*\.)?localhost\.?$/i.test(bare)) return "this computer";
  return /\.(?:local|internal|lan|home\.arpa)\.?$/i.test(bare) || !bare.includes(".")
    ? "a name of a private network"
    : undefined;
}

/** How a granted host is kept: with its port, or with those of http and https where it named none. */
function namesOf({ hostname, port }: URL): string[] {
  const ports = port === "" ? ["80", "443"] : [port];
  return ports.map((each) => `${hostname}:${each}`);
}
