import { detached } from "./cell-hooks.ts";
import type { TaskStatus } from "./job-pool-tasks.ts";
import type { DisplayBundle } from "./display-sink.ts";
import { displaySink } from "./display-sink.ts";
import { options } from "./options.ts";
import { parametersText } from "./parameter-text.ts";

/** How far a pool is, for drawing. */
export interface PoolProgress {
  /** Name of the UDF. */
  udf: string;
  total: number;
  counts: Record<TaskStatus, number>;
  /** How many run at once, at most. */
  workers: number;
  /** Seconds from the start to now, or to the last end. */
  elapsed: number;
  /** Seconds that are left at the pace so far; absent before the first end and after the last. */
  eta?: number;
  /** The first three failures by argument order. */
  errors: { index: number; args: Record<string, unknown>; message: string }[];
  done: boolean;
  /** Nobody needs to see it any more. */
  isPast?: true;
}

/** What can be done with a pool that is shown. */
export interface PoolActions {
  retry(): void;
  cancel(): void;
}

/**
 * Draws a pool's progress as a bundle with `text/plain` in it. Of a display that has buttons (`actions`, the same object
 * for one display) it gives undefined where what is shown has drawn the change itself.
 */
export type PoolView = (progress: PoolProgress, actions?: PoolActions) => DisplayBundle | undefined;

let view: PoolView = drawPlain;

/** Draws pools another way (a session has widgets); without an argument, as text again. */
export function setPoolView(poolView: PoolView = drawPlain): void {
  view = poolView;
}

export function drawPool(progress: PoolProgress): DisplayBundle {
  return drawWith(progress) ?? drawPlain(progress);
}

function drawWith(progress: PoolProgress, actions?: PoolActions): DisplayBundle | undefined {
  return options.show.showWidget ? view(progress, actions) : drawPlain(progress);
}

let displays = 0;
const nothing: DisplayBundle = { data: { "text/html": "", "text/plain": "" }, metadata: {} };

/**
 * Shows a pool's progress in one display that updates until the pool is done: in the notebook's output where a
 * session has installed a display, else as one line on a terminal's stderr, else not at all.
 * @param follow calls its argument at each change
 * @param pause least time between two updates, seconds
 * @param actions what buttons of the display do; without them it is a note in passing, which is shown only where the
 * pool takes long, and goes where it ends well
 */
export function showProgress(
  read: () => PoolProgress,
  follow: (changed: () => void) => void,
  pause: number,
  actions?: PoolActions,
): void {
  if (!options.show.enableTqdm) return;
  const draw = actions ? openDisplay(read(), actions) : openLate(read);
  if (!draw) return;
  let due: NodeJS.Timeout | undefined;
  const update = () => {
    due = undefined;
    draw(read());
  };
  follow(() => {
    const progress = read();
    if (progress.done) {
      clearTimeout(due);
      due = undefined;
      draw(progress);
      return;
    }
    due ??= detached(() => setTimeout(update, pause * 1000));
  });
}

/** A pool that is done before is not shown, milliseconds. */
const beforePassing = 1_000;

function openLate(read: () => PoolProgress): (progress: PoolProgress) => void {
  let draw: ((progress: PoolProgress) => void) | undefined;
  const open = (): void => void (draw ??= openDisplay(read()));
  const due = detached(() => setTimeout(open, beforePassing));
  return (progress) => {
    const { done, counts, total } = progress;
    if (!done) return draw?.(progress);
    clearTimeout(due);
    const isWell = counts.success === total;
    if (isWell && !draw) return;
    open();
    draw?.(isWell ? { ...progress, isPast: true } : progress);
  };
}

function openDisplay(progress: PoolProgress, actions?: PoolActions): ((progress: PoolProgress) => void) | undefined {
  const sink = displaySink();
  if (sink) {
    const id = `fused-pool-${process.pid}-${++displays}`;
    sink.display(drawWith(progress, actions) ?? drawPlain(progress), id);
    return (next) => {
      const bundle = next.isPast ? nothing : drawWith(next, actions);
      if (bundle) sink.update(bundle, id);
    };
  }
  if (!process.stderr.isTTY) return undefined;
  return (next) => void process.stderr.write(`\r\u001b[K${summarize(next)}${next.done ? "\n" : ""}`);
}

/** One line: `quakes: 40 of 64 runs, 2 running, 3 failed, 12.3 s, about 7 s left`. */
export function summarize({ udf, total, counts, elapsed, eta }: PoolProgress): string {
  const failed = counts.error + counts.timeout;
  const parts = [
    `${udf}: ${counts.success} of ${total} ${total === 1 ? "run" : "runs"}`,
    counts.running > 0 && `${counts.running} running`,
    failed > 0 && `${failed} failed`,
    counts.cancelled > 0 && `${counts.cancelled} cancelled`,
    `${elapsed.toFixed(elapsed < 10 ? 2 : 1)} s`,
    eta !== undefined && `about ${Math.ceil(eta)} s left`,
  ];
  return parts.filter(Boolean).join(", ");
}

function drawPlain(progress: PoolProgress): DisplayBundle {
  const failures = progress.errors.map(
    ({ index, args, message }) => `  run ${index} ${parametersText(args)}: ${message}`,
  );
  return { data: { "text/plain": [summarize(progress), ...failures].join("\n") }, metadata: {} };
}
