import { ageInSeconds } from "../cache-age.ts";
import { options } from "../options.ts";

/** Age limits where nobody says another (fused-spec.md 9.1, 10). */
export const usualAges = { run: "90d", table: "12h", function: "12h" } as const;

/** Age limit of cached functions that name none, seconds. */
export function functionCacheAge(): number {
  return ageInSeconds(options.cacheDecoratorMaxAge ?? usualAges.function);
}
