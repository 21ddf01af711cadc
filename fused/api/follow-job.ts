import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { displaySink } from "../display-sink.ts";
import { jobCard } from "./job-card.ts";
import { followLogs, getJob, hasEnded, type JobLike, type JobRecord, type LogRecord } from "./jobs.ts";
import { forCell, type ServiceAddress } from "./service.ts";

/** Pause between two looks at the job, milliseconds. */
const pause = 500;
const keptLines = 100;

/**
 * Shows a job in one card that changes until the job has ended, with the newest lines of its log; what the notebook keeps is how
 * it ended. Outside notebooks the lines are printed. An interrupt ends the looking, and the job goes on.
 */
export function followJob(service: ServiceAddress, job: JobLike, signal: AbortSignal | undefined): Promise<JobRecord> {
  return forCell({ signal }, async (either) => {
    const sink = displaySink();
    const id = randomUUID();
    const lines: LogRecord[] = [];
    let isShown = false;
    let before = "";
    const show = (state: JobRecord) => {
      const bundle = jobCard(state, lines);
      const now = String(bundle.data["text/html"]);
      if (!sink || now === before) return;
      before = now;
      if (isShown) sink.update(bundle, id);
      else sink.display(bundle, id);
      isShown = true;
    };
    const reading = (async () => {
      for await (const line of followLogs(service, job, { follow: true, signal: either })) {
        if (!sink) process.stdout.write(`${line.message}\n`);
        lines.push(line);
        if (lines.length > keptLines) lines.shift();
      }
    })();
    reading.catch(() => {});
    for (;;) {
      const state = await getJob(service, job, either);
      if (hasEnded(state)) {
        await reading;
        show(state);
        return state;
      }
      show(state);
      await sleep(pause, undefined, { signal: either });
    }
  });
}
