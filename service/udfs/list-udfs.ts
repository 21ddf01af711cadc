import type { Database } from "../database/database.ts";
import type { Caller } from "../identity/caller.ts";
import type { UdfRow } from "./udf-record.ts";

/** Whose UDFs: one's own, the team's, all that are public here, those of them that are other teams'. */
export type Whose = "self" | "team" | "public" | "community";

const conditions: Record<Whose, string> = {
  self: "u.owner_id = $1",
  team: "u.team_id = $2 and (u.visibility <> 'private' or u.owner_id = $1)",
  public: "u.visibility = 'public'",
  community: "u.visibility = 'public' and u.team_id <> $2",
};

/** A part of a list of UDFs, without their code; those that were saved last come first. */
export function listUdfs(
  database: Database,
  whose: Whose,
  { userId, teamId }: Caller,
  { n, skip }: { n: number; skip: number },
): Promise<Omit<UdfRow, "code" | "frame">[]> {
  // Every statement names both parameters, which Postgres would not know the types of otherwise.
  return database.query(
    `select u.id, u.slug, u.name, u.owner_id, u.team_id, o.email as owner_email, u.visibility, u.version as latest,
       u.created_at, u.updated_at, v.version, v.metadata, v.headers, v.parameters
     from fused.udfs u join fused.users o on o.id = u.owner_id
       join fused.udf_versions v on v.udf_id = u.id and v.version = u.version
     where ($1::uuid is not null and $2::uuid is not null) and ${conditions[whose]}
     order by u.updated_at desc, u.id limit $3 offset $4`,
    [userId, teamId, n, skip],
  );
}

/** When and by whom each version was saved, the last first. */
export async function versionsOf(
  database: Database,
  id: string,
): Promise<{ version: number; saved_at: string; saved_by: string }[]> {
  const rows = await database.query<{ version: number; saved_at: Date; email: string }>(
    `select v.version, v.saved_at, o.email from fused.udf_versions v join fused.users o on o.id = v.saved_by
     where v.udf_id = $1 order by v.version desc`,
    [id],
  );
  return rows.map(({ version, saved_at, email }) => ({ version, saved_at: saved_at.toISOString(), saved_by: email }));
}
