import type { Database } from "../database/database.ts";
import { DatabaseError, uniqueViolation } from "../database/database.ts";
import { HttpError } from "../http/http-error.ts";
import type { Caller } from "../identity/caller.ts";
import { udfWithId } from "./find-udf.ts";
import type { UdfContent } from "./read-udf.ts";
import type { UdfRow, Visibility } from "./udf-record.ts";

/** Saves a UDF that is new. @throws HttpError 409 where the caller has one of that name */
export async function saveNew(
  database: Database,
  caller: Caller,
  content: UdfContent,
  visibility: Visibility,
): Promise<UdfRow> {
  const save = database.transaction(async (inside) => {
    const [made] = await inside.query<{ id: string }>(
      `insert into fused.udfs (owner_id, team_id, slug, name, visibility, version) values ($1, $2, $3, $4, $5, 1)
       returning id`,
      [caller.userId, caller.teamId, content.slug, content.name, visibility],
    );
    await addVersion(inside, made!.id, 1, caller, content);
    return made!.id;
  });
  const id = await save.catch(async (error: unknown) => {
    if (!(error instanceof DatabaseError) || error.code !== uniqueViolation) throw error;
    const [taken] = await database.query<{ id: string; version: number }>(
      "select id, version from fused.udfs where owner_id = $1 and name = $2",
      [caller.userId, content.name],
    );
    throw new HttpError(
      409,
      "Conflict",
      `You have a UDF ${content.name}: save a new version of it, or give this another name.`,
      { id: taken?.id, version: taken?.version },
    );
  });
  return (await udfWithId(database, id))!;
}

/**
 * Saves the next version of a UDF.
 * @param expected the version that the caller has read; undefined: whatever it is
 * @throws HttpError 409 where another was saved since
 */
export async function saveVersion(
  database: Database,
  caller: Caller,
  id: string,
  content: UdfContent,
  visibility: Visibility | undefined,
  expected: number | undefined,
): Promise<UdfRow> {
  const save = database.transaction(async (inside) => {
    const [before] = await inside.query<{ version: number }>(
      "select version from fused.udfs where id = $1 for update",
      [id],
    );
    if (!before) throw new HttpError(404, "NotFound", "The UDF was deleted meanwhile.");
    if (expected !== undefined && before.version !== expected) {
      throw new HttpError(
        409,
        "Conflict",
        `Version ${before.version} was saved since you read version ${expected}: read it, and save yours upon it.`,
        { version: before.version },
      );
    }
    const version = before.version + 1;
    await addVersion(inside, id, version, caller, content);
    await inside.query(
      `update fused.udfs set version = $2, name = $3, slug = $4, visibility = coalesce($5, visibility),
       updated_at = now() where id = $1`,
      [id, version, content.name, content.slug, visibility ?? null],
    );
  });
  await save.catch((error: unknown) => {
    if (!(error instanceof DatabaseError) || error.code !== uniqueViolation) throw error;
    throw new HttpError(409, "Conflict", `You have another UDF ${content.name}.`);
  });
  return (await udfWithId(database, id))!;
}

async function addVersion(inside: Database, id: string, version: number, caller: Caller, content: UdfContent) {
  const { code, headers, frame, metadata, frameBytes } = content;
  await inside.query(
    `insert into fused.udf_versions (udf_id, version, code, headers, parameters, metadata, frame, saved_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      version,
      code,
      JSON.stringify(headers),
      JSON.stringify(frame.parameters.parameters),
      JSON.stringify(metadata),
      frameBytes,
      caller.userId,
    ],
  );
}
