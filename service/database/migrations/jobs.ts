import type { Migration } from "../migrate.ts";

export const jobTables: Migration = {
  name: "2026-11-jobs",
  sql: [
    `create table fused.jobs (
      id uuid primary key,
      owner_id uuid not null references fused.users (id),
      run_as uuid not null references fused.users (id),
      udf_name text not null,
      frame bytea not null,
      instance_type text not null,
      size text not null,
      parts integer not null,
      processes integer,
      max_retry integer not null,
      timeout_ms double precision not null,
      disk_size_gb double precision not null,
      sealed_env bytea,
      send_status_email boolean not null,
      status text not null default 'queued',
      reason text,
      total integer not null,
      done integer not null default 0,
      errors integer not null default 0,
      next_log integer not null default 0,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      ended_at timestamptz
    )`,
    `create index on fused.jobs (owner_id, created_at desc)`,
    `create index on fused.jobs (ended_at)`,
    // A machine's share of a job. Whoever takes it raises the fence; what comes with an older one is refused.
    `create table fused.job_parts (
      job_id uuid not null references fused.jobs (id) on delete cascade,
      part integer not null,
      fence integer not null default 0,
      log_batch integer not null default 0,
      worker text,
      done_at_pickup integer not null default 0,
      strikes integer not null default 0,
      primary key (job_id, part)
    )`,
    `create table fused.job_items (
      job_id uuid not null references fused.jobs (id) on delete cascade,
      index integer not null,
      arguments bytea not null,
      status text not null default 'pending',
      attempts integer not null default 0,
      worker text,
      result bytea,
      error_kind text,
      error text,
      ms double precision,
      primary key (job_id, index)
    )`,
    `create table fused.job_logs (
      job_id uuid not null references fused.jobs (id) on delete cascade,
      seq integer not null,
      at timestamptz not null,
      stream text not null,
      item integer,
      message text not null,
      primary key (job_id, seq)
    )`,
  ],
};
