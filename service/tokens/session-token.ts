import { createHmac, timingSafeEqual } from "node:crypto";
import type { Keys } from "../keys.ts";

/**
 * A session token stands in an address in the place of a login, where none can be sent: in an `<img>`, say. It is good for one
 * shared token and until its time is over (fused-spec.md 18.4).
 */
export function makeSessionToken(keys: Keys, sharedToken: string, userId: string, seconds: number): string {
  const body = `${Math.floor(Date.now() / 1000) + seconds}.${userId}`;
  return `${Buffer.from(body).toString("base64url")}.${macOf(keys, sharedToken, body).toString("base64url")}`;
}

/** Whose session a token is; undefined for one that is forged, of another shared token, or over. */
export function readSessionToken(keys: Keys, sharedToken: string, token: string): string | undefined {
  const [encoded = "", mac = ""] = token.split(".");
  const body = Buffer.from(encoded, "base64url").toString();
  const wanted = macOf(keys, sharedToken, body);
  const given = Buffer.from(mac, "base64url");
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const [until = "", userId = ""] = body.split(".");
  return Number(until) > Date.now() / 1000 ? userId : undefined;
}

function macOf(keys: Keys, sharedToken: string, body: string): Buffer {
  return createHmac("sha256", keys.derive("session-tokens")).update(`${sharedToken}\n${body}`).digest();
}
