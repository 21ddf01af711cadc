import type { RunOptions, RunOutcome, RunRequest } from "../../engine/run-types.ts";
import type { ServiceContext } from "../context.ts";
import { HttpError } from "../http/http-error.ts";
import { runAccess, type RunOwner } from "../runs/run-access.ts";
import { realtimeLimits } from "./run-limits.ts";

/** Runs that wait for a core or compute, at most: what comes beyond is told to come again. */
const mostRuns = 1000;

const counters: WeakMap<ServiceContext, { active: number; peak: number }> = new WeakMap();

/** How many realtime runs there are now, and were at most. */
export function runCounts(context: ServiceContext): { active: number; peak: number } {
  let counts = counters.get(context);
  if (!counts) counters.set(context, (counts = { active: 0, peak: 0 }));
  return counts;
}

export interface RealtimeRun extends Partial<Omit<RunRequest, "frame" | "parameters">> {
  frame: Uint8Array;
  parameters: Record<string, unknown>;
  /** What `fused.context` tells the UDF of the request; undefined: it does not ask. */
  headers?: Record<string, string>;
  clientId?: string;
}

/**
 * Runs a UDF in its owner's environment, within the quota of the team.
 * @throws HttpError 429, 503
 */
export async function runRealtime(
  context: ServiceContext,
  owner: RunOwner,
  run: RealtimeRun,
  options: RunOptions & { signal: AbortSignal },
): Promise<RunOutcome> {
  const counts = runCounts(context);
  if (counts.active >= mostRuns) {
    throw new HttpError(
      503,
      "ServiceUnavailable",
      "More runs are waiting here than can be taken.",
      {},
      { "Retry-After": "1" },
    );
  }
  const release = context.quotas.run(owner.teamId);
  counts.peak = Math.max(counts.peak, ++counts.active);
  try {
    const { access, network } = await runAccess(context, owner, "realtime");
    const { headers, clientId, ...request } = run;
    const told = headers
      ? { ...access, context: { ...access.context, headers, realtimeClientId: clientId ?? null } }
      : access;
    const whole = {
      limits: realtimeLimits(context.settings),
      depth: 0,
      ...request,
      access: told,
      network: run.network ?? network,
      line: owner.teamId,
    };
    const outcome = await context.engine.run(whole, options);
    // Another team's UDF may have taken the host down with it: that is no fault of this one.
    const isLost = outcome.status === "error" && outcome.error.kind === "lost" && !options.signal.aborted;
    return isLost && !options.onLog ? await context.engine.run(whole, options) : outcome;
  } finally {
    counts.active--;
    release();
  }
}
