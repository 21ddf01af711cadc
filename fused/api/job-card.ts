import type { DisplayBundle } from "../display-sink.ts";
import { escapeHtml } from "../html-text.ts";
import type { JobRecord, JobStatus, LogRecord } from "./jobs.ts";

const colours: Record<JobStatus, string> = {
  queued: "#888",
  running: "#1565c0",
  finished: "#2e7d32",
  failed: "#c62828",
  cancelled: "#888",
  timeout: "#c62828",
};
const shownLines = 12;
const lineWidth = 200;

/** A job as it stands: status, how far it is, its newest lines. HTML without scripts, and text. */
export function jobCard(job: JobRecord, lines: LogRecord[] = []): DisplayBundle {
  const newest = lines.slice(-shownLines).map(({ message }) => plainLine(message));
  return { data: { "text/html": html(job, newest), "text/plain": text(job, newest) }, metadata: {} };
}

function text({ job_id, udf_name, instance_type, status, progress, reason }: JobRecord, lines: string[]): string {
  const head = `Job ${job_id} of ${udf_name} on ${instance_type}: ${status}, ${progress.done} of ${progress.total}`;
  return [`${head}${reason ? `: ${reason}` : ""}`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function html(
  { job_id, udf_name, instance_type, status, progress, reason, errors }: JobRecord,
  lines: string[],
): string {
  const { done, total } = progress;
  const bar = `<progress value="${done}" max="${Math.max(1, total)}" style="width: 200px">${done} of ${total}</progress>`;
  const failed = errors ? `, ${errors} failed` : "";
  const why = reason ? `<br><small>${escapeHtml(reason)}</small>` : "";
  const log =
    lines.length > 0 ? `\n<pre style="margin: 6px 0 0; font-size: 0.9em">${escapeHtml(lines.join("\n"))}</pre>` : "";
  return (
    `<div style="border-left: 3px solid ${colours[status]}; padding: 4px 12px">\n<b>${escapeHtml(udf_name)}</b> on ` +
    `${escapeHtml(instance_type)} · <b style="color: ${colours[status]}">${status}</b> ${bar} ${done} of ${total}${failed}<br>` +
    `<small>job <code>${escapeHtml(job_id)}</code></small>${why}${log}\n</div>`
  );
}

/** A line as a terminal would leave it: what a carriage return overwrites is gone, and so are colours. */
function plainLine(message: string): string {
  // oxlint-disable-next-line no-control-regex
  const line = (message.replace(/\r$/, "").split("\r").at(-1) ?? "").replace(/\u001b\[[\d;]*[A-Za-z]/g, "");
  return line.length > lineWidth ? `${line.slice(0, lineWidth - 1)}…` : line;
}
