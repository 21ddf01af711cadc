import { createHash, randomBytes } from "node:crypto";
import type { Database } from "../database/database.ts";
import type { Keys } from "../keys.ts";
import type { Caller } from "./caller.ts";
import { userWithId } from "./users.ts";

export const serviceTokenPrefix = "fst_";

/** A token that nobody guesses: 256 random bits. */
export function newServiceToken(): string {
  return serviceTokenPrefix + randomBytes(32).toString("base64url");
}

/** What of a token is written down. */
export function tokenHash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Makes a token valid for a user. Again with the same token changes nothing. */
export async function registerServiceToken(
  database: Database,
  token: string,
  userId: string,
  kind: "personal" | "environment",
): Promise<void> {
  await database.query(
    "insert into fused.service_tokens (hash, user_id, kind) values ($1, $2, $3) on conflict (hash) do nothing",
    [tokenHash(token), userId, kind],
  );
}

/** Who a service token stands for; undefined for one that is not known. */
export async function callerOfServiceToken(database: Database, token: string): Promise<Caller | undefined> {
  const [row] = await database.query<{ user_id: string }>("select user_id from fused.service_tokens where hash = $1", [
    tokenHash(token),
  ]);
  const user = row && (await userWithId(database, row.user_id));
  return user && { ...user, kind: "service-token" };
}

/**
 * The token of a caller's environment (`auth_token`): the same each time it is asked for, until it is withdrawn, and another than
 * the caller's own.
 */
export async function environmentToken(database: Database, keys: Keys, { userId, teamId }: Caller): Promise<string> {
  const [row] = await database.query<{ withdrawn: number }>(
    "select environment_tokens_withdrawn as withdrawn from fused.users where id = $1",
    [userId],
  );
  const withdrawn = row?.withdrawn ?? 0;
  const purpose = `environment-token/${teamId}/${userId}${withdrawn > 0 ? `/${withdrawn}` : ""}`;
  const token = serviceTokenPrefix + keys.derive(purpose).toString("base64url");
  await registerServiceToken(database, token, userId, "environment");
  return token;
}

/** Lets programs with the token of a user's environment in no more. @returns whether there was one */
export async function withdrawEnvironmentToken(database: Database, userId: string): Promise<boolean> {
  return database.transaction(async (inside) => {
    const gone = await inside.query(
      "delete from fused.service_tokens where user_id = $1 and kind = 'environment' returning 1",
      [userId],
    );
    await inside.query(
      "update fused.users set environment_tokens_withdrawn = environment_tokens_withdrawn + 1 where id = $1",
      [userId],
    );
    return gone.length > 0;
  });
}

/** Lets in nobody any more with tokens that stood in `DIR/token` before this one. */
export async function withdrawEarlierTokens(database: Database, token: string, userId: string): Promise<void> {
  await database.query("delete from fused.service_tokens where user_id = $1 and kind = 'personal' and hash <> $2", [
    userId,
    tokenHash(token),
  ]);
}
