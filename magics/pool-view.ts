import type { PoolProgress } from "../fused/job-pool-display.ts";
import { parametersText } from "../fused/parameter-text.ts";
import type { MimeBundle } from "../widgets/mime-bundle.ts";
import { displayProgress } from "../widgets/progress/display-progress.ts";

/** Draws a pool's progress with the progress widget; for `setPoolView`. */
export function poolView({ udf, total, counts, elapsed, eta, errors, workers }: PoolProgress): MimeBundle {
  return displayProgress({
    title: udf,
    total,
    counts: {
      done: counts.success,
      failed: counts.error + counts.timeout,
      cancelled: counts.cancelled,
      running: counts.running,
      queued: counts.pending,
    },
    elapsedMs: elapsed * 1000,
    etaMs: eta === undefined ? undefined : eta * 1000,
    errors: errors.map(({ index, args, message }) => ({ at: `${index}: ${parametersText(args, 80)}`, message })),
    workers,
  });
}
