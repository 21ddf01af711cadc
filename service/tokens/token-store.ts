import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { ServiceContext } from "../context.ts";
import { HttpError } from "../http/http-error.ts";
import { openSealed, seal } from "../secrets/seal.ts";
import { tokenHash } from "../identity/service-tokens.ts";

/** Who may run a UDF by its shared token: everybody who has the token, the owner's team, the owner. */
export type AccessScope = "public" | "team" | "private";

/** A shared token as its owner sees it. */
export interface TokenRecord {
  token: string;
  udf_id: string;
  udf_slug: string;
  owner_email: string;
  client_id: string | null;
  enabled: boolean;
  cache: boolean;
  public_read: boolean;
  access_scope: AccessScope;
  has_passcode: boolean;
  metadata_json: Record<string, unknown> | null;
  created_at: string;
}

export interface TokenRow {
  hash: Uint8Array;
  sealed: Uint8Array;
  udf_id: string;
  udf_slug: string;
  owner_id: string;
  owner_email: string;
  team_id: string;
  client_id: string | null;
  enabled: boolean;
  cache: boolean;
  public_read: boolean;
  access_scope: AccessScope;
  passcode: Uint8Array | null;
  metadata: Record<string, unknown> | null;
  created_at: Date;
}

/** What can be set of a token. */
export interface TokenFields {
  enabled: boolean;
  cache: boolean;
  public_read: boolean;
  access_scope: AccessScope;
  client_id: string | null;
  metadata: Record<string, unknown> | null;
  /** Null: none is asked for; undefined: as before. */
  passcode?: string | null;
}

export const sharedTokenPattern = /^fsh_[\w-]{20,60}$/;

const select = `select t.hash, t.sealed, t.udf_id, u.slug as udf_slug, t.owner_id, o.email as owner_email, o.team_id,
  t.client_id, t.enabled, t.cache, t.public_read, t.access_scope, t.passcode, t.metadata, t.created_at
  from fused.udf_tokens t join fused.udfs u on u.id = t.udf_id join fused.users o on o.id = t.owner_id`;

type Context = Pick<ServiceContext, "database" | "keys">;

/** Makes a token for a UDF. */
export async function createToken(
  context: Context,
  udfId: string,
  ownerId: string,
  fields: TokenFields,
): Promise<TokenRecord> {
  const token = `fsh_${randomBytes(24).toString("base64url")}`;
  const hash = tokenHash(token);
  const sealed = seal(context.keys, placeOf(hash), token);
  await context.database.query(
    `insert into fused.udf_tokens
       (hash, sealed, udf_id, owner_id, enabled, cache, public_read, access_scope, client_id, metadata, passcode)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [hash, sealed, udfId, ownerId, ...valuesOf(context, fields)],
  );
  return tokenRecord(context, (await findToken(context, token))!);
}

/** A token's row; undefined for one that is not there. */
export async function findToken({ database }: Pick<Context, "database">, token: string): Promise<TokenRow | undefined> {
  if (!sharedTokenPattern.test(token)) return undefined;
  const [row] = await database.query<TokenRow>(`${select} where t.hash = $1`, [tokenHash(token)]);
  return row;
}

/** An owner's tokens, the newest first; of one UDF where it is named. */
export async function tokensOf(context: Context, ownerId: string, page: Page, udfId?: string): Promise<TokenRecord[]> {
  const rows = await context.database.query<TokenRow>(
    `${select} where t.owner_id = $1 and ($2::uuid is null or t.udf_id = $2) order by t.created_at desc, t.hash
     limit $3 offset $4`,
    [ownerId, udfId ?? null, page.n, page.skip],
  );
  return rows.map((row) => tokenRecord(context, row));
}

interface Page {
  n: number;
  skip: number;
}

export async function updateToken(context: Context, row: TokenRow, fields: TokenFields | undefined): Promise<void> {
  if (!fields) return void (await context.database.query("delete from fused.udf_tokens where hash = $1", [row.hash]));
  await context.database.query(
    `update fused.udf_tokens set enabled = $2, cache = $3, public_read = $4, access_scope = $5, client_id = $6,
       metadata = $7, passcode = $8 where hash = $1`,
    [row.hash, ...valuesOf(context, fields, row.passcode)],
  );
}

export function tokenRecord({ keys }: Pick<Context, "keys">, row: TokenRow): TokenRecord {
  return {
    token: openSealed(keys, placeOf(row.hash), row.sealed),
    udf_id: row.udf_id,
    udf_slug: row.udf_slug,
    owner_email: row.owner_email,
    client_id: row.client_id,
    enabled: row.enabled,
    cache: row.cache,
    public_read: row.public_read,
    access_scope: row.access_scope,
    has_passcode: row.passcode !== null,
    metadata_json: row.metadata,
    created_at: row.created_at.toISOString(),
  };
}

/** Passcodes are short: of a token so many wrong ones a minute are looked at. */
const mostWrong = 20;
const wrongWindow = 60_000;
const mostWatched = 10_000;
const wrong = new Map<string, { since: number; count: number }>();

/**
 * Whether a passcode is the token's; in the same time, whatever it is.
 * @throws HttpError 429 after too many wrong ones
 */
export function isPasscode({ keys }: Pick<Context, "keys">, row: TokenRow, passcode: string): boolean {
  if (row.passcode === null) return false;
  const key = Buffer.from(row.hash).toString("base64");
  const now = Date.now();
  const before = wrong.get(key);
  const seen = before && now - before.since < wrongWindow ? before : { since: now, count: 0 };
  if (seen.count >= mostWrong) {
    const seconds = Math.ceil((seen.since + wrongWindow - now) / 1000);
    const message = `Too many wrong passcodes were tried for this token. Try again in ${seconds} s.`;
    throw new HttpError(429, "QuotaError", message, {}, { "Retry-After": String(seconds) });
  }
  if (timingSafeEqual(passcodeMac(keys, passcode), row.passcode)) return true;
  if (wrong.size >= mostWatched) wrong.clear();
  wrong.set(key, { ...seen, count: seen.count + 1 });
  return false;
}

function valuesOf({ keys }: Pick<Context, "keys">, fields: TokenFields, before: Uint8Array | null = null): unknown[] {
  const { enabled, cache, public_read, access_scope, client_id, metadata, passcode } = fields;
  const json = metadata === null ? null : JSON.stringify(metadata);
  const mac = passcode === undefined ? before : passcode === null ? null : passcodeMac(keys, passcode);
  return [enabled, cache, public_read, access_scope, client_id, json, mac];
}

/** Passcodes are short: without the service's key nobody can try them out on a copy of the database. */
function passcodeMac(keys: Context["keys"], passcode: string): Buffer {
  return createHmac("sha256", keys.derive("passcodes")).update(passcode).digest();
}

const placeOf = (hash: Uint8Array) => `udf_tokens.sealed ${Buffer.from(hash).toString("hex")}`;
