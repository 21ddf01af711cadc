import { options } from "./options.ts";

/** Writes one line to stderr where the option `logging` is on. */
export function debugLine(write: () => string): void {
  if (options.logging) console.error(`[fused] ${write()}`);
}
