import type { ServiceContext } from "../context.ts";
import type { Database } from "../database/database.ts";
import { HttpError, notFound } from "../http/http-error.ts";
import type { Caller } from "../identity/caller.ts";
import type { UdfRow } from "./udf-record.ts";

const uuidPattern = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const columns = `u.id, u.slug, u.name, u.owner_id, u.team_id, o.email as owner_email, u.visibility, u.version as latest,
  u.created_at, u.updated_at, v.version, v.metadata, v.headers, v.parameters, v.code, v.frame`;
const tables = `fused.udfs u join fused.users o on o.id = u.owner_id join fused.udf_versions v on v.udf_id = u.id`;

type Reader = Pick<Caller, "userId" | "teamId">;

/** Whether somebody may read and run a UDF: its owner, the team unless it is private, everybody if it is public. */
export function mayRead({ owner_id, team_id, visibility }: UdfRow, { userId, teamId }: Reader): boolean {
  return owner_id === userId || visibility === "public" || (visibility === "team" && team_id === teamId);
}

/** A UDF by its id. @throws HttpError 404, also where the caller may not read it */
export async function udfById(database: Database, id: string, reader: Reader, version?: number): Promise<UdfRow> {
  const row = uuidPattern.test(id) ? await udfWithId(database, id, version) : undefined;
  if (row && mayRead(row, reader)) return row;
  throw notFound(version === undefined ? `UDF ${id}` : `version ${version} of a UDF ${id}`);
}

/** A UDF that its reader may change. @throws HttpError 404 where they may not see it; 403 where it is somebody else's */
export async function ownUdfById(database: Database, id: string, reader: Reader): Promise<UdfRow> {
  const row = await udfById(database, id, reader);
  if (row.owner_id === reader.userId) return row;
  throw new HttpError(
    403,
    "AuthError",
    `${row.name} belongs to ${row.owner_email}, who alone may change it and share it.`,
  );
}

/** A UDF by its id, whoever asks. */
export async function udfWithId(database: Database, id: string, version?: number): Promise<UdfRow | undefined> {
  const [row] = await database.query<UdfRow>(
    `select ${columns} from ${tables} where u.id = $1 and v.version = coalesce($2, u.version)`,
    [id, version ?? null],
  );
  return row;
}

/**
 * A UDF by its owner's e-mail (or handle, or `self`) and its name, slug or id.
 * @throws HttpError 404 for what is not there, 403 for UDFs of others that are not public, be they there or not
 */
export async function udfByName(database: Database, email: string, name: string, reader: Reader): Promise<UdfRow> {
  const owner = await ownerNamed(database, email, reader);
  const [row] = owner
    ? await database.query<UdfRow>(
        `select ${columns} from ${tables} where o.id = $1
           and (u.name = $2 or u.slug = $2 or u.id::text = $2) and v.version = u.version
         order by (u.name = $2) desc, u.created_at limit 1`,
        [owner.id, name],
      )
    : [];
  if (row && mayRead(row, reader)) return row;
  if (owner && owner.team_id !== reader.teamId) {
    throw new HttpError(403, "AuthError", `UDFs of ${email} are not yours to see: ask for a shared token.`);
  }
  throw notFound(`UDF ${email}/${name}`);
}

/**
 * Whom an e-mail address, `self` or a handle means. Handles are what people call themselves: one that two have means nobody,
 * unless one of them is of the reader's team, and an address is none.
 */
async function ownerNamed(
  database: Database,
  email: string,
  reader: Reader,
): Promise<{ id: string; team_id: string } | undefined> {
  if (email === "self") return { id: reader.userId, team_id: reader.teamId };
  const found = await database.query<{ id: string; team_id: string; email: string }>(
    "select id, team_id, email from fused.users where email = $1 or (handle = $1 and handle not like '%@%') limit 100",
    [email],
  );
  const byEmail = found.find((each) => each.email === email);
  if (byEmail) return byEmail;
  const ofTeam = found.filter((each) => each.team_id === reader.teamId);
  return ofTeam.length === 1 ? ofTeam[0] : found.length === 1 ? found[0] : undefined;
}

/** What a job or another part names a UDF by. */
export interface UdfName {
  id?: string;
  email?: string;
  name?: string;
}

/** The UDF that a caller names. @throws HttpError 403, 404 */
export function findUdf(
  { database }: Pick<ServiceContext, "database">,
  caller: Caller,
  named: UdfName,
): Promise<UdfRow> {
  if (named.id !== undefined) return udfById(database, named.id, caller);
  return udfByName(database, named.email ?? "self", named.name ?? "", caller);
}
