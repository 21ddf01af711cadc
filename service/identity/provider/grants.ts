import { randomBytes, randomUUID } from "node:crypto";
import type { Database } from "../../database/database.ts";
import { tokenHash } from "../service-tokens.ts";

/** What a code, a device code or a refresh token was given for. */
export interface GrantDetails {
  clientId: string;
  scope: string;
  redirectUri?: string;
  /** PKCE challenge, S256. */
  challenge?: string;
  nonce?: string;
  /** Device grant: what the user types, and what they said. */
  userCode?: string;
  decision?: "pending" | "allowed" | "denied";
  /** When the device last asked, milliseconds since 1970. */
  asked?: number;
}

export type GrantKind = "code" | "device" | "refresh" | "login-link";

export interface Grant {
  /** One login: its tokens are revoked together. */
  family: string;
  details: GrantDetails;
  used_at: Date | null;
}

/** Writes a grant down by its hash, and gives the secret that stands for it. */
export async function newGrant(
  database: Database,
  kind: GrantKind,
  seconds: number,
  details: GrantDetails,
  family: string = randomUUID(),
): Promise<string> {
  const secret = randomBytes(32).toString("base64url");
  await database.query(
    `insert into fused.oauth_grants (hash, kind, family, details, expires_at)
     values ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
    [tokenHash(secret), kind, family, JSON.stringify(details), seconds],
  );
  return secret;
}

/** A grant that is not over, used or not; undefined: there is none, or its family was revoked. */
export async function findGrant(database: Database, kind: GrantKind, secret: string): Promise<Grant | undefined> {
  const [grant] = await database.query<Grant>(
    `select g.family, g.details, g.used_at from fused.oauth_grants g
     where g.hash = $1 and g.kind = $2 and g.expires_at > now()
       and not exists (select 1 from fused.oauth_revoked r where r.family = g.family)`,
    [tokenHash(secret), kind],
  );
  return grant;
}

/** Uses a grant up. @returns false where somebody else was first */
export async function useGrant(database: Database, secret: string): Promise<boolean> {
  const used = await database.query(
    "update fused.oauth_grants set used_at = now() where hash = $1 and used_at is null returning 1 as one",
    [tokenHash(secret)],
  );
  return used.length > 0;
}

/** Changes what is known of a device's grant. */
export async function changeDetails(database: Database, secret: string, change: Partial<GrantDetails>): Promise<void> {
  await database.query("update fused.oauth_grants set details = details || $2::jsonb where hash = $1", [
    tokenHash(secret),
    JSON.stringify(change),
  ]);
}

/** What a user says about the device that shows a code. @returns false where no device shows it */
export async function decide(database: Database, userCode: string, decision: "allowed" | "denied"): Promise<boolean> {
  const decided = await database.query(
    `update fused.oauth_grants set details = details || $2::jsonb
     where kind = 'device' and details->>'userCode' = $1 and details->>'decision' = 'pending' and expires_at > now()
     returning 1 as one`,
    [userCode, JSON.stringify({ decision })],
  );
  return decided.length > 0;
}

/** How many devices wait for their user. */
export async function pendingDevices(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "select count(*)::int as count from fused.oauth_grants where kind = 'device' and expires_at > now() and used_at is null",
  );
  return row!.count;
}

/** Ends a login: none of its tokens is good any more. */
export async function revokeFamily(database: Database, family: string): Promise<void> {
  await database.query("insert into fused.oauth_revoked (family) values ($1) on conflict do nothing", [family]);
}

export async function isRevoked(database: Database, family: string): Promise<boolean> {
  const rows = await database.query("select 1 as one from fused.oauth_revoked where family = $1", [family]);
  return rows.length > 0;
}

/** Removes what has been over for a while. */
export async function sweepGrants(database: Database): Promise<void> {
  await database.query("delete from fused.oauth_grants where expires_at < now() - interval '1 day'");
}
