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
}

/** What can be done with a pool that is shown. */
export interface PoolActions {
  retry(): void;
  cancel(): void;
}

/** The display in which a pool stands in for something that is not there yet; `id` is absent before it is shown. */
export interface DisplayPlace {
  id?: string;
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

/**
 * Shows a pool's progress in one display that updates until the pool is done: in the notebook's output where a
 * session has installed a display, else as one line on a terminal's stderr, else not at all.
 * @param follow calls its argument at each change
 * @param pause least time between two updates, seconds
 * @param shown what buttons of the display do; or the place where the pool stands in for something: there it is shown only
 * where it takes long, and leaves its display to that something where it ends well
 */
export function showProgress(
  read: () => PoolProgress,
  follow: (changed: () => void) => void,
  pause: number,
  shown: PoolActions | DisplayPlace,
): void {
  if (!options.show.enableTqdm) return;
  const draw = "retry" in shown ? openDisplay(read(), shown) : openLate(read, shown);
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

function openLate(read: () => PoolProgress, place: DisplayPlace): (progress: PoolProgress) => void {
  let draw: ((progress: PoolProgress) => void) | undefined;
  const open = (): void => void (draw ??= openDisplay(read(), undefined, place));
  const due = detached(() => setTimeout(open, beforePassing));
  return (progress) => {
    const { done, counts, total } = progress;
    if (!done) return draw?.(progress);
    clearTimeout(due);
    const isWell = counts.success === total;
    if (!isWell) open();
    draw?.(progress);
    if (!isWell) place.id = undefined;
  };
}

function openDisplay(
  progress: PoolProgress,
  actions?: PoolActions,
  place: DisplayPlace = {},
): ((progress: PoolProgress) => void) | undefined {
  const sink = displaySink();
  if (sink) {
    const isThere = place.id !== undefined;
    const id = (place.id ??= `fused-pool-${process.pid}-${++displays}`);
    sink[isThere ? "update" : "display"](drawWith(progress, actions) ?? drawPlain(progress), id);
    return (next) => {
      const bundle = drawWith(next, actions);
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
