import type { Migration } from "../migrate.ts";

export const udfTables: Migration = {
  name: "2026-11-udfs",
  sql: [
    `create table fused.udfs (
      id uuid primary key default gen_random_uuid(),
      owner_id uuid not null references fused.users (id),
      team_id uuid not null references fused.teams (id),
      slug text not null,
      name text not null,
      visibility text not null default 'team',
      version integer not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (owner_id, name)
    )`,
    `create index on fused.udfs (team_id)`,
    `create index on fused.udfs (visibility)`,
    `create table fused.udf_versions (
      udf_id uuid not null references fused.udfs (id) on delete cascade,
      version integer not null,
      code text not null,
      headers jsonb not null,
      parameters jsonb not null,
      metadata jsonb not null,
      frame bytea not null,
      saved_by uuid not null references fused.users (id),
      saved_at timestamptz not null default now(),
      primary key (udf_id, version)
    )`,
    // The token itself stays readable for its owner (GET token/self): it is encrypted, and found by its SHA-256.
    `create table fused.udf_tokens (
      hash bytea primary key,
      sealed bytea not null,
      udf_id uuid not null references fused.udfs (id) on delete cascade,
      owner_id uuid not null references fused.users (id),
      enabled boolean not null,
      cache boolean not null,
      public_read boolean not null,
      access_scope text not null,
      client_id text,
      passcode bytea,
      metadata jsonb,
      created_at timestamptz not null default now()
    )`,
    `create index on fused.udf_tokens (udf_id)`,
  ],
};
