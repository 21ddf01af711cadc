import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Keys } from "../../keys.ts";

/** A browser that has shown the owner's token once is known for so long, seconds. */
const seconds = 30 * 86_400;
const name = "fused_login";

/** `Set-Cookie` for a browser that may log its user in. Only the pages under /oauth get it back. */
export function loginCookie(keys: Keys, url: string): string {
  const until = String(Math.floor(Date.now() / 1000) + seconds);
  const secure = url.startsWith("https:") ? "; Secure" : "";
  return `${name}=${until}.${mac(keys, until)}; Path=/oauth; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}

/** Whether a request comes from such a browser. */
export function hasLoginCookie(keys: Keys, { cookie = "" }: IncomingHttpHeaders): boolean {
  for (const part of cookie.split(";")) {
    const [, until = "", given = ""] = new RegExp(`^\\s*${name}=(\\d+)\\.([\\w-]+)\\s*$`).exec(part) ?? [];
    const wanted = Buffer.from(mac(keys, until));
    const isSame = wanted.length === given.length && timingSafeEqual(wanted, Buffer.from(given));
    if (isSame && Number(until) > Date.now() / 1000) return true;
  }
  return false;
}

function mac(keys: Keys, until: string): string {
  return createHmac("sha256", keys.derive("login-cookie")).update(until).digest("base64url");
}
