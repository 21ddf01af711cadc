import type { Database } from "./database.ts";
import { environmentTokens } from "./migrations/environment-tokens.ts";
import { jobTables } from "./migrations/jobs.ts";
import { teamDataTables } from "./migrations/team-data.ts";
import { identityTables } from "./migrations/identity.ts";
import { ownTeams } from "./migrations/own-teams.ts";
import { udfTables } from "./migrations/udfs.ts";

/** One step of the schema's history. Once published it never changes: what comes later is another step. */
export interface Migration {
  /** Unique, and kept for good. */
  name: string;
  /** Statements, one after the other. */
  sql: string[];
}

/** In the order they are made in; each owner appends. */
const migrations: Migration[] = [identityTables, udfTables, jobTables, teamDataTables, ownTeams, environmentTokens];

/** Of the advisory lock that replicas which start at once take in turn. */
const lockNumber = 7_136_001;

/** Brings the schema `fused` up to this version, in one transaction. */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (inside) => {
    await inside.query("select pg_advisory_xact_lock($1)", [lockNumber]);
    await inside.query("create schema if not exists fused");
    await inside.query(
      "create table if not exists fused.migrations (name text primary key, made_at timestamptz not null default now())",
    );
    const made = new Set(
      (await inside.query<{ name: string }>("select name from fused.migrations")).map(({ name }) => name),
    );
    for (const { name, sql } of migrations) {
      if (made.has(name)) continue;
      for (const statement of sql) await inside.query(statement);
      await inside.query("insert into fused.migrations (name) values ($1)", [name]);
    }
  });
}
