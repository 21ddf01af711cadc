import { isIP } from "node:net";
import { hostname } from "node:os";

/** True where a server bound to this host can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * True where a Host header names this server. Another name that leads here is how DNS rebinding makes a foreign page
 * the same origin as ours; an address cannot be rebound.
 */
export function isOwnHost(header: string | undefined, boundTo: string): boolean {
  const name = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? "")?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (isLoopback(name) || name === boundTo.toLowerCase()) return true;
  if (isLoopback(boundTo)) return false;
  return isIP(name.replace(/^\[|\]$/g, "")) !== 0 || name === hostname().toLowerCase();
}
