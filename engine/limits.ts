import type { RunLimits } from "./run-types.ts";

/** The limits of a run that names none (run-types.ts says what each means). */
export const defaultLimits: RunLimits = {
  timeoutMs: 120_000,
  memoryMb: 1024,
  resultBytes: 1024 * 1024 * 1024,
  recursion: 5,
  logCharacters: 1_000_000,
};

const leastMemoryMb = 16;

/** The limits asked for, filled up with the defaults. */
export function completeLimits(asked: Partial<RunLimits> = {}): RunLimits {
  const limits = { ...defaultLimits };
  for (const key of Object.keys(limits) as (keyof RunLimits)[]) {
    const value = asked[key];
    if (typeof value === "number" && value >= 0) limits[key] = value;
  }
  return { ...limits, memoryMb: Math.max(leastMemoryMb, Math.round(limits.memoryMb)) };
}
