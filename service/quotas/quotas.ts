import { HttpError } from "../http/http-error.ts";
import type { ServiceSettings } from "../settings.ts";

/** What one team may take of this replica, so that it leaves something for the others. */
export interface Quotas {
  /** Counts a request. @throws HttpError 429 with Retry-After */
  request(teamId: string): void;
  /** Counts a realtime run until what comes back is called. @throws HttpError 429 with Retry-After */
  run(teamId: string): () => void;
}

/** A burst may take the requests of so many seconds at once. */
const burstSeconds = 10;
const mostTeams = 10_000;

/** Each replica counts for itself: of n replicas a team gets n times the quotas, if its requests are spread evenly. */
export function openQuotas({ quotas }: Pick<ServiceSettings, "quotas">): Quotas {
  const { requestsPerMinute, concurrentRuns } = quotas;
  const perSecond = requestsPerMinute / 60;
  const buckets = new Map<string, { left: number; at: number }>();
  const running = new Map<string, number>();
  return {
    request(teamId) {
      if (requestsPerMinute === 0) return;
      const now = performance.now() / 1000;
      const most = Math.max(1, perSecond * burstSeconds);
      if (buckets.size > mostTeams) buckets.clear();
      const bucket = buckets.get(teamId) ?? { left: most, at: now };
      buckets.set(teamId, bucket);
      bucket.left = Math.min(most, bucket.left + (now - bucket.at) * perSecond);
      bucket.at = now;
      if (bucket.left < 1) {
        const seconds = Math.ceil((1 - bucket.left) / perSecond);
        throw tooMany(`The team may make ${requestsPerMinute} requests a minute.`, seconds);
      }
      bucket.left -= 1;
    },
    run(teamId) {
      const now = running.get(teamId) ?? 0;
      if (concurrentRuns > 0 && now >= concurrentRuns) {
        throw tooMany(`The team has ${concurrentRuns} runs under way, the most it may have at a time.`, 1);
      }
      running.set(teamId, now + 1);
      let isReleased = false;
      return () => {
        if (isReleased) return;
        isReleased = true;
        const left = running.get(teamId)! - 1;
        if (left === 0) running.delete(teamId);
        else running.set(teamId, left);
      };
    },
  };
}

function tooMany(message: string, seconds: number): HttpError {
  return new HttpError(
    429,
    "QuotaError",
    `${message} Try again in ${seconds} s.`,
    {},
    { "Retry-After": String(seconds) },
  );
}
