import type { Database } from "../database/database.ts";
import { badRequest, HttpError } from "../http/http-error.ts";
import type { Keys } from "../keys.ts";
import { openSealed, seal } from "./seal.ts";

export type SecretScope = "user" | "team";

/** Whose secrets. `ownerId`: the id of the user or the team. */
export interface SecretOwner {
  scope: SecretScope;
  ownerId: string;
}

const longestName = 200;
const mostBytes = 64 * 1024;
const mostSecrets = 1000;

const placeOf = ({ scope, ownerId }: SecretOwner, name: string) => `secret/${scope}/${ownerId}/${name}`;

/** @throws HttpError 400 for a name that no secret may have */
export function checkSecretName(name: string): string {
  if (/^[A-Za-z_][\w.-]*$/.test(name) && name.length <= longestName) return name;
  throw badRequest(
    `${JSON.stringify(name.slice(0, 100))} is no name of a secret: a letter or _, then letters, digits, "_", "." and "-", at most ${longestName}.`,
  );
}

export async function secretNames(database: Database, { scope, ownerId }: SecretOwner): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select name from fused.secrets where scope = $1 and owner_id = $2 order by name`,
    [scope, ownerId],
  );
  return rows.map(({ name }) => name);
}

/** The value, or undefined where there is none. @throws SealError */
export async function readSecret(
  database: Database,
  keys: Keys,
  owner: SecretOwner,
  name: string,
): Promise<string | undefined> {
  const [row] = await database.query<{ sealed: Uint8Array }>(
    `select sealed from fused.secrets where scope = $1 and owner_id = $2 and name = $3`,
    [owner.scope, owner.ownerId, name],
  );
  return row && openSealed(keys, placeOf(owner, name), row.sealed);
}

/** @throws HttpError 413 for a value that is too large, 429 where there are too many */
export async function writeSecret(
  database: Database,
  keys: Keys,
  owner: SecretOwner,
  name: string,
  value: string,
): Promise<void> {
  if (Buffer.byteLength(value) > mostBytes) {
    throw new HttpError(
      413,
      "BodyTooLarge",
      `A secret may have ${mostBytes} bytes. Keep larger things in a file (fd://).`,
    );
  }
  const rows = await database.query(
    `insert into fused.secrets (scope, owner_id, name, sealed)
     select $1, $2, $3, $4
     where (select count(*) from fused.secrets where scope = $1 and owner_id = $2 and name <> $3) < $5
     on conflict (scope, owner_id, name) do update set sealed = excluded.sealed, updated_at = now()
     returning 1`,
    [owner.scope, owner.ownerId, name, seal(keys, placeOf(owner, name), value), mostSecrets],
  );
  if (rows.length === 0)
    throw new HttpError(429, "QuotaError", `There are ${mostSecrets} secrets already. Delete some.`);
}

/** @returns false where there was none */
export async function deleteSecret(
  database: Database,
  { scope, ownerId }: SecretOwner,
  name: string,
): Promise<boolean> {
  const rows = await database.query(
    `delete from fused.secrets where scope = $1 and owner_id = $2 and name = $3 returning 1`,
    [scope, ownerId, name],
  );
  return rows.length > 0;
}

/** All secrets that a run of somebody's may ask for: the team's, and above them its own. */
export async function secretsOf(
  database: Database,
  keys: Keys,
  who: { userId: string; teamId: string },
): Promise<Record<string, string>> {
  const rows = await database.query<{ scope: SecretScope; name: string; sealed: Uint8Array }>(
    `select scope, name, sealed from fused.secrets
     where (scope = 'team' and owner_id = $1) or (scope = 'user' and owner_id = $2)
     order by scope = 'user'`,
    [who.teamId, who.userId],
  );
  const values: Record<string, string> = {};
  for (const { scope, name, sealed } of rows) {
    const owner = { scope, ownerId: scope === "team" ? who.teamId : who.userId };
    try {
      values[name] = openSealed(keys, placeOf(owner, name), sealed);
    } catch (error) {
      // One that cannot be opened must not end every run: to UDFs it is not there.
      process.stderr.write(`[service] secret ${scope}/${name}: ${(error as Error).message}\n`);
    }
  }
  return values;
}
