import type { Migration } from "../migrate.ts";

/** How often somebody's environment token was withdrawn: the next one is another. */
export const environmentTokens: Migration = {
  name: "2026-11-environment-tokens",
  sql: ["alter table fused.users add column environment_tokens_withdrawn int not null default 0"],
};
