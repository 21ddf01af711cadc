import type { PoolActions, PoolProgress } from "../fused/job-pool-display.ts";
import { parametersText } from "../fused/parameter-text.ts";
import { button, hbox, html, vbox, type Box, type Button } from "../widgets/controls/boxes.ts";
import type { Control } from "../widgets/controls/control.ts";
import { viewOf } from "../widgets/controls/model.ts";
import { widgetHost } from "../widgets/controls/widget-host.ts";
import type { MimeBundle } from "../widgets/mime-bundle.ts";
import { displayProgress } from "../widgets/progress/display-progress.ts";

/** The display of a pool on a page that draws widgets. */
interface LivePool {
  box: Box;
  progress: Control<string>;
  retry: Button;
  cancel: Button;
}

const live = new WeakMap<PoolActions, LivePool>();

/**
 * Draws a pool's progress with the progress widget; for `setPoolView`. Where a front end draws widgets, with buttons to
 * retry what failed and to cancel what waits; that display then changes by itself until the pool is done.
 */
export function poolView(progress: PoolProgress, actions?: PoolActions): MimeBundle | undefined {
  const bundle = staticView(progress);
  if (!actions || !widgetHost()?.hasWidgets()) return bundle;
  const before = live.get(actions);
  const shown = before ?? openLive(actions);
  const { counts, done } = progress;
  shown.progress.value = String(bundle.data["text/html"]);
  setDisabled(shown.retry, counts.error + counts.timeout === 0);
  setDisabled(shown.cancel, done || counts.pending + counts.running === 0);
  // What the notebook keeps is how it ended.
  return before && !done ? undefined : viewOf(shown.box.model, bundle.data as Record<string, string>);
}

function openLive(actions: PoolActions): LivePool {
  const progress = html();
  const retry = button("Retry failed", () => actions.retry(), { disabled: true });
  const cancel = button("Cancel", () => actions.cancel());
  const made = { box: vbox([progress, hbox([retry, cancel])]), progress, retry, cancel };
  live.set(actions, made);
  return made;
}

function setDisabled(of: Button, disabled: boolean): void {
  if (of.disabled !== disabled) of.disabled = disabled;
}

function staticView({ udf, total, counts, elapsed, eta, errors, workers }: PoolProgress): MimeBundle {
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
