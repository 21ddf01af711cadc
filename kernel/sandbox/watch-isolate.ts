const each = 250;
/** How long an isolate that is said to be busy may not use the processor, milliseconds, and what counts as using it. */
const patience = 2000;
const idleShare = 0.02;

export interface WatchedIsolate {
  /** Whether it was given up, for want of memory. */
  isGone(): boolean;
  /** Whether JavaScript is said to run; false while it waits for a person or for a front end. */
  isBusy(): boolean;
  /** Memory that only an isolate at its limit takes, MB. */
  memoryMb: number;
  lost(): void;
}

/**
 * Finds out that an isolate is lost though nobody was told: after an interrupt, isolated-vm may give an isolate up at its
 * memory limit and never settle the call that was on, nor begin another.
 */
export function watchIsolate({ isGone, isBusy, memoryMb, lost }: WatchedIsolate): void {
  let idle: { since: number; cpu: NodeJS.CpuUsage } | undefined;
  setInterval(() => {
    if (isGone()) return lost();
    if (!isBusy() || process.memoryUsage.rss() < memoryMb * 2 ** 20) {
      idle = undefined;
      return;
    }
    const now = performance.now();
    idle ??= { since: now, cpu: process.cpuUsage() };
    const milliseconds = now - idle.since;
    if (milliseconds < patience) return;
    const { user, system } = process.cpuUsage(idle.cpu);
    if ((user + system) / 1000 < idleShare * milliseconds) return lost();
    idle = undefined;
  }, each).unref();
}
