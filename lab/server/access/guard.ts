import type { IncomingMessage } from "node:http";
import { HttpError } from "../http-error.ts";
import { isOwnHost } from "./hosts.ts";
import { equal } from "./login.ts";
import type { LoggedIn, Login } from "./login.ts";

/** How a request proved that it may come in; the cookie's login where it came by cookie. */
export type Proof = { by: "token" } | { by: "cookie"; login: LoggedIn };

/**
 * Refuses what no page of ours and no client of ours sends, whoever is logged in: a foreign Host, a foreign Origin, a
 * request that another site has made.
 * @throws HttpError 403
 */
export function checkOrigin({ headers, method }: IncomingMessage, boundTo: string): void {
  const { host, origin } = headers;
  if (!isOwnHost(host, boundTo)) {
    throw new HttpError(403, `this server is not ${host ?? "without a name"}: open it by the address that it printed`);
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new HttpError(403, `pages of ${origin} have no access here`);
  }
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return;
  // A link to here from elsewhere may be followed; it meets the login page, because its cookie stays behind.
  const followed =
    method === "GET" && headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  if (!followed) throw new HttpError(403, "requests of other sites have no access here");
}

/**
 * Who asks.
 * @param queryToken the token in the URL, where this kind of request may carry one
 * @returns undefined where nobody is logged in
 */
export function identify({ headers }: IncomingMessage, login: Login, queryToken?: string | null): Proof | undefined {
  const given = /^(?:token|bearer)\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? queryToken ?? undefined;
  if (given !== undefined) return login.isToken(given) ? { by: "token" } : undefined;
  const known = login.readCookie(headers.cookie);
  return known && { by: "cookie", login: known };
}

/**
 * A browser sends its cookie with whatever request another page has it make; the header only our own page can add. Where
 * the browser itself says that a page of this very origin asks (port included; no page can write that header), it need
 * not: a second lab or a Jupyter on another port of this host writes the cookie `_xsrf` too, and ours is then gone for a
 * while.
 * @throws HttpError 403
 */
export function checkXsrf({ headers, method }: IncomingMessage, proof: Proof): void {
  if (proof.by === "token" || method === "GET" || method === "HEAD") return;
  if (headers["sec-fetch-site"] === "same-origin") return;
  const given = headers["x-xsrftoken"];
  if (typeof given !== "string" || !equal(given, proof.login.xsrf)) {
    throw new HttpError(403, "the X-XSRFToken header is missing or wrong: reload the page");
  }
}
