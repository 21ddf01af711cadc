import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceContext } from "../context.ts";
import { HttpError } from "../http/http-error.ts";
import { teamFolder } from "./team-path.ts";

/** The count is made anew from the disk after so long: files may have come and gone by other ways. */
const countedHours = 6;

/**
 * Checks that a team may store so many bytes more.
 * @throws HttpError 429 where its quota does not have them
 */
export async function checkStoredBytes(context: ServiceContext, teamId: string, more: number): Promise<void> {
  const most = context.settings.quotas.storedBytes;
  if (most === 0) return;
  const have = await storedBytes(context, teamId);
  if (have + more <= most) return;
  throw new HttpError(
    429,
    "QuotaError",
    `The team stores ${have} of the ${most} bytes it may have, and ${more} more would be too many. Delete files it needs no more.`,
    {},
    { "Retry-After": "3600" },
  );
}

/** Tells that files have come (positive) or gone. */
export async function addStoredBytes({ database }: ServiceContext, teamId: string, change: number): Promise<void> {
  await database.query(`update fused.file_usage set bytes = greatest(0, bytes + $2) where team_id = $1`, [
    teamId,
    change,
  ]);
}

async function storedBytes({ database, settings }: ServiceContext, teamId: string): Promise<number> {
  const [known] = await database.query<{ bytes: number }>(
    `select bytes from fused.file_usage where team_id = $1 and counted_at > now() - make_interval(hours => $2)`,
    [teamId, countedHours],
  );
  if (known) return known.bytes;
  const bytes = await count(teamFolder(settings, teamId));
  await database.query(
    `insert into fused.file_usage (team_id, bytes) values ($1, $2)
     on conflict (team_id) do update set bytes = excluded.bytes, counted_at = now()`,
    [teamId, bytes],
  );
  return bytes;
}

async function count(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await count(path);
    else bytes += (await lstat(path).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
