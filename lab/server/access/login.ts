import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Milliseconds: a code in a link works once, within; a cookie lasts. */
const lifetimes = { code: 15 * 60_000, cookie: 30 * 24 * 3600_000 };

/** Who has logged in: what its cookie says, and the token that its writes must carry. */
export interface LoggedIn {
  xsrf: string;
}

/**
 * Codes, cookies and the token. Cookies are signed with a key that outlives the server, so that an open page goes on after
 * a restart. A cookie is bound to the port, because browsers send it to every port of a host.
 */
export class Login {
  readonly cookieName: string;
  readonly #key: Buffer;
  readonly #port: number;
  readonly #token: string | undefined;
  readonly #codes = new Map<string, number>();

  constructor(key: Buffer, port: number, token?: string) {
    this.#key = key;
    this.#port = port;
    this.#token = token;
    this.cookieName = `fused-lab-${port}`;
  }

  /** A code that lets in once. */
  newCode(now = Date.now()): string {
    const code = randomBytes(24).toString("base64url");
    this.#codes.set(code, now + lifetimes.code);
    for (const [each, until] of this.#codes) if (until < now) this.#codes.delete(each);
    return code;
  }

  /** True the first time that a code is used in time. */
  takeCode(code: string, now = Date.now()): boolean {
    const until = this.#codes.get(code);
    this.#codes.delete(code);
    return until !== undefined && now <= until;
  }

  isToken(given: string): boolean {
    return this.#token !== undefined && equal(given, this.#token);
  }

  /** Value of a Set-Cookie header that logs a browser in. */
  newCookie(now = Date.now()): string {
    const body = `${now + lifetimes.cookie}.${randomBytes(16).toString("base64url")}`;
    const value = `${body}.${this.#sign("cookie", body)}`;
    const age = lifetimes.cookie / 1000;
    return `${this.cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}`;
  }

  /** The login that a Cookie header stands for; undefined where it stands for none. */
  readCookie(header: string | undefined, now = Date.now()): LoggedIn | undefined {
    const value = cookieValues(header, this.cookieName)[0];
    const [until = "", nonce = "", signature = ""] = value?.split(".") ?? [];
    const body = `${until}.${nonce}`;
    if (!equal(signature, this.#sign("cookie", body)) || !(Number(until) > now)) return undefined;
    return { xsrf: this.#sign("xsrf", body) };
  }

  /** Where a page finds the token for its writes: JupyterLab reads the cookie of this name. */
  xsrfCookie({ xsrf }: LoggedIn): string {
    return `_xsrf=${xsrf}; Path=/; SameSite=Strict`;
  }

  #sign(use: "cookie" | "xsrf", text: string): string {
    return createHmac("sha256", this.#key).update(`${use}:${this.#port}:${text}`).digest("base64url");
  }
}

/** All values of a cookie in a Cookie header. */
export function cookieValues(header: string | undefined, name: string): string[] {
  return (header ?? "")
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
}

/** Equal, in a time that does not tell how much of it is. */
export function equal(given: string, expected: string): boolean {
  const digest = (text: string) => createHmac("sha256", "compare").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
