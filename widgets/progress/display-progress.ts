import { escapeHtml, grouped } from "../html.ts";
import type { MimeBundle } from "../mime-bundle.ts";

/** Where many runs of one thing stand. */
export interface Progress {
  title: string;
  /** How many runs there are. */
  total: number;
  /** How many of them are in each state. `done` and `cached` ended well, `failed` and `cancelled` did not. */
  counts: Partial<Record<RunState, number>>;
  elapsedMs: number;
  /** Milliseconds that are left, as far as one can tell. */
  etaMs?: number;
  errors?: ProgressError[];
  /** How many runs go on at once. */
  workers?: number;
}

export type RunState = "done" | "cached" | "failed" | "cancelled" | "running" | "queued";

export interface ProgressError {
  /** Which run it was: its place in the list, or its tile. */
  at: string;
  message: string;
}

const states: readonly RunState[] = ["done", "cached", "failed", "cancelled", "running", "queued"];
const ended: readonly RunState[] = ["done", "cached", "failed", "cancelled"];
const shownErrors = 3;

/**
 * Shows how far a fan-out is: one line of text, and the same as HTML with a bar that needs neither script nor style
 * sheet. Meant to be sent again and again as an update of one display; the last one stays in the notebook.
 */
export function displayProgress(progress: Progress): MimeBundle {
  return { data: { "text/html": progressHtml(progress), "text/plain": progressText(progress) }, metadata: {} };
}

function endedCount({ counts }: Progress): number {
  return ended.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

/** `38 done, 2 failed`: the states that there are. */
function countsText({ counts }: Progress): string {
  const present = states.filter((state) => (counts[state] ?? 0) > 0);
  return present.map((state) => `${grouped(counts[state]!)} ${state}`).join(", ") || "nothing started";
}

function timeText(progress: Progress): string {
  const { elapsedMs, etaMs, workers, total } = progress;
  const finished = endedCount(progress) >= total;
  const spent = finished ? `in ${duration(elapsedMs)}` : duration(elapsedMs);
  const left = !finished && etaMs !== undefined ? `about ${duration(etaMs)} left` : undefined;
  const hands = !finished && workers !== undefined ? `${workers} at once` : undefined;
  return [spent, left, hands].filter(Boolean).join(" · ");
}

function progressText(progress: Progress): string {
  const finished = endedCount(progress);
  const line =
    `${progress.title}: ${grouped(finished)} of ${grouped(progress.total)} · ${countsText(progress)} · ` +
    timeText(progress);
  const { shown, more } = firstErrors(progress);
  return [line, ...shown.map(({ at, message }) => `  ${at}: ${message}`), ...more.map((text) => `  ${text}`)].join(
    "\n",
  );
}

function progressHtml(progress: Progress): string {
  const finished = endedCount(progress);
  const share = progress.total > 0 ? Math.round((100 * finished) / progress.total) : 100;
  const most = Math.max(1, progress.total);
  const bar = `<progress value="${finished}" max="${most}" style="width: 240px">${share} %</progress>`;
  const { shown, more } = firstErrors(progress);
  const rows = shown.map(
    ({ at, message }) =>
      `<tr><td align="left" style="text-align: left"><code>${escapeHtml(at)}</code></td>` +
      `<td align="left" style="text-align: left">${escapeHtml(message)}</td></tr>`,
  );
  const errors = rows.length > 0 ? `\n<table style="margin: 4px 0"><tbody>${rows.join("")}</tbody></table>` : "";
  const rest = more.map((text) => `\n<p style="margin: 4px 0"><small>${text}</small></p>`).join("");
  return (
    `<div>\n<p style="margin: 0 0 4px"><b>${escapeHtml(progress.title)}</b> ${bar} ` +
    `<b>${grouped(finished)}</b> of ${grouped(progress.total)}<br>` +
    `<small>${countsText(progress)} · ${timeText(progress)}</small></p>${errors}${rest}\n</div>`
  );
}

function firstErrors({ errors = [], counts }: Progress): { shown: ProgressError[]; more: string[] } {
  const shown = errors.slice(0, shownErrors).map(({ at, message }) => ({ at, message: firstLine(message) }));
  const others = Math.max(counts.failed ?? 0, errors.length) - shown.length;
  return {
    shown,
    more: shown.length > 0 && others > 0 ? [`and ${grouped(others)} more ${others === 1 ? "error" : "errors"}`] : [],
  };
}

function firstLine(message: string): string {
  const [line = ""] = message.trim().split("\n", 1);
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 950) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
