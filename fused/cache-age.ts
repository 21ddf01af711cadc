/** Seconds of an age's unit. */
const units = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * An age limit in seconds: `"30s"`, `"10m"`, `"12h"`, `"7d"`, or a whole number of seconds (fused-spec.md 10.1).
 * @throws TypeError for anything else
 */
export function ageInSeconds(age: string | number): number {
  checkCacheAge(age);
  if (typeof age === "number") return age;
  return Number(age.slice(0, -1)) * units[age.at(-1) as keyof typeof units];
}

/** @throws TypeError unless the value is an age limit */
export function checkCacheAge(age: unknown): void {
  const fits =
    typeof age === "number" ? Number.isInteger(age) && age >= 0 : typeof age === "string" && /^\d+[smhd]$/.test(age);
  if (fits) return;
  throw new TypeError(
    `cacheMaxAge is an age such as "30s", "10m", "12h" or "7d", or a whole number of seconds; what came is ${JSON.stringify(age)}.`,
  );
}

/** `3 s`, `12 minutes`, `5 hours`, `4 days`: how old a kept value is, for people. */
export function ageText(seconds: number): string {
  if (seconds < 100) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`;
}
