import type { Migration } from "../migrate.ts";

export const identityTables: Migration = {
  name: "2026-11-identity",
  sql: [
    `create table fused.teams (
      id uuid primary key default gen_random_uuid(),
      name text not null unique,
      created_at timestamptz not null default now()
    )`,
    `create table fused.users (
      id uuid primary key default gen_random_uuid(),
      issuer text not null,
      subject text not null,
      email text not null unique,
      handle text not null,
      team_id uuid not null references fused.teams (id),
      created_at timestamptz not null default now(),
      unique (issuer, subject)
    )`,
    // What a service token is is known by its SHA-256 alone.
    `create table fused.service_tokens (
      hash bytea primary key,
      user_id uuid not null references fused.users (id),
      kind text not null,
      created_at timestamptz not null default now()
    )`,
    // Codes, device codes and refresh tokens of the service's own provider, by their SHA-256.
    `create table fused.oauth_grants (
      hash bytea primary key,
      kind text not null,
      family uuid not null,
      details jsonb not null,
      expires_at timestamptz not null,
      used_at timestamptz
    )`,
    `create index on fused.oauth_grants (family)`,
    `create table fused.oauth_revoked (family uuid primary key, revoked_at timestamptz not null default now())`,
  ],
};
