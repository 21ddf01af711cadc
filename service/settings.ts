import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { sizeNames, type SizeName } from "./jobs/instance-sizes.ts";

/** How a service is set up. */
export interface ServiceSettings {
  /** Where everything is kept that is not in the database: keys, files, the embedded database. */
  dataFolder: string;
  /** A Postgres; undefined: the embedded one, in `dataFolder`. */
  databaseUrl?: string;
  host: string;
  /** 0: any free one. */
  port: number;
  /** The address that clients see, where a proxy stands in front; undefined: that of host and port. */
  publicUrl?: string;
  /** An OpenID provider whose access tokens are taken; undefined: single-user mode, the service is its own provider. */
  oidcIssuer?: string;
  /** What such a token must name as its audience. */
  oidcAudience: string;
  /** The client that notebooks log in as at that provider. */
  oidcClientId: string;
  /** The key that all others are derived from, at least 32 bytes; undefined: a file in `dataFolder`. */
  masterKey?: Buffer;
  /** Keys that were used before: what they have encrypted still opens. */
  previousMasterKeys?: Buffer[];
  /** Time limit of a realtime run, seconds. */
  realtimeSeconds: number;
  /** Memory of a realtime run, MB. */
  realtimeMemoryMb: number;
  /** Bytes of a request's body where its route says no other. */
  bodyBytes: number;
  /** Results that realtime runs keep: bytes in memory. */
  resultCacheBytes: number;
  /** Private addresses (`name` or `name:port`) that UDFs may reach all the same. */
  allowPrivate: string[];
  /** What one team may take of a replica; 0: any number. */
  quotas: { requestsPerMinute: number; concurrentRuns: number; storedBytes: number };
  /** E-mail addresses of those who may read their team's audit log; in single-user mode its one user may. */
  admins: string[];
  batch: BatchSettings;
  /** Ended jobs with their results and logs, and entries of the audit log, are kept for so many days. */
  jobDays: number;
  auditDays: number;
  /** Where lines of the access log go; undefined: nowhere. */
  accessLog?: (line: string) => void;
}

/** How batch jobs are worked here. */
export interface BatchSettings {
  /** Kinds of jobs that this process works itself; none: it leaves them to others (`fused-kernel worker`). */
  sizes: SizeName[];
  /** Parts of jobs at a time, of each size. */
  partsAtOnce: number;
  /** A worker that was not heard of for so long has lost its work to another, seconds. At least 10. */
  leaseSeconds: number;
  /** The longest that one run of a job may take, seconds. */
  runSeconds: number;
}

/** Complete settings from what is given, the rest as `fused-kernel service` has it without options. */
export function serviceSettings(given: Partial<ServiceSettings> = {}): ServiceSettings {
  return {
    host: "127.0.0.1",
    port: 8787,
    oidcAudience: "fused-service",
    oidcClientId: "fused-kernel",
    realtimeSeconds: 120,
    realtimeMemoryMb: 1024,
    bodyBytes: 32 * 2 ** 20,
    resultCacheBytes: 128 * 2 ** 20,
    allowPrivate: [],
    quotas: { requestsPerMinute: 0, concurrentRuns: 0, storedBytes: 0 },
    admins: [],
    batch: { sizes: [...sizeNames], partsAtOnce: 4, leaseSeconds: 15, runSeconds: 24 * 3600 },
    jobDays: 30,
    auditDays: 365,
    ...given,
    dataFolder: resolve(given.dataFolder ?? defaultDataFolder()),
  };
}

/** Where a service keeps its state that was not told a folder. */
export function defaultDataFolder(): string {
  return process.env["FUSED_SERVICE_DATA"] || join(homedir(), ".fused", "service");
}
