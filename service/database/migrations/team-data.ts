import type { Migration } from "../migrate.ts";

export const teamDataTables: Migration = {
  name: "2026-11-team-data",
  sql: [
    `create table fused.secrets (
      scope text not null,
      owner_id uuid not null,
      name text not null,
      sealed bytea not null,
      updated_at timestamptz not null default now(),
      primary key (scope, owner_id, name)
    )`,
    `create table fused.audit (
      id integer generated always as identity primary key,
      at timestamptz not null,
      user_id uuid,
      team_id uuid,
      action text not null,
      object text not null,
      outcome text not null,
      detail jsonb not null
    )`,
    `create index on fused.audit (team_id, id desc)`,
    `create index on fused.audit (at)`,
    `create table fused.uploads (
      id uuid primary key,
      team_id uuid not null references fused.teams (id),
      user_id uuid not null references fused.users (id),
      path text not null,
      size double precision not null,
      received double precision not null default 0,
      begun_at timestamptz not null default now()
    )`,
    `create table fused.file_usage (
      team_id uuid primary key references fused.teams (id),
      bytes double precision not null,
      counted_at timestamptz not null default now()
    )`,
  ],
};
