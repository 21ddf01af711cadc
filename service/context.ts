import type { Engine } from "../engine/run-types.ts";
import type { Database } from "./database/database.ts";
import type { Caller } from "./identity/caller.ts";
import type { Keys } from "./keys.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { AnswerThreads } from "./realtime/answer-threads.ts";
import type { Quotas } from "./quotas/quotas.ts";
import type { ServiceSettings } from "./settings.ts";

/** What every part of the service works with. */
export interface ServiceContext {
  settings: ServiceSettings;
  /** The address that clients see, without a slash at its end. */
  url: string;
  /** The address that runs on this machine reach the service at, for `fd://` files. */
  localUrl: string;
  database: Database;
  /** The engine host, started by the first run. */
  engine: Engine;
  /** Where large results are written. */
  answerThreads: AnswerThreads;
  keys: Keys;
  metrics: Metrics;
  quotas: Quotas;
  /** Writes down who did what to which object. Never throws. */
  audit: Audit;
  /** True from when the service was asked to end: it answers what is under way. */
  isEnding: boolean;
  /** Called in reverse order when the service closes. */
  onClose(close: () => Promise<void> | void): void;
}

export type AuditOutcome = "ok" | "refused" | "failed";

export type Audit = (
  caller: Pick<Caller, "userId" | "teamId"> | undefined,
  action: string,
  object: string,
  outcome: AuditOutcome,
  detail?: Record<string, unknown>,
) => void;
