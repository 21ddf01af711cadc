import type { Migration } from "../migrate.ts";

/** Teams of one person had the name of their address, as teams of the provider might. */
export const ownTeams: Migration = {
  name: "2026-11-own-teams",
  sql: [
    `update fused.teams t set name = '~' || t.name where exists
      (select 1 from fused.users u where u.team_id = t.id and u.email = t.name)`,
  ],
};
