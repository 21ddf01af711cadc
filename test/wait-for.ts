import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits until something holds, or is there.
 * @param what what is waited for, for the error that says it did not come
 * @param every milliseconds between two looks
 * @returns what `holds` gave in the end
 */
export async function waitFor<T>(
  what: string,
  holds: () => T | Promise<T>,
  { seconds = 60, every = 20 } = {},
): Promise<NonNullable<T>> {
  for (const late = Date.now() + seconds * 1000; ; await pause(every)) {
    const found = await holds();
    if (found) return found;
    assert.ok(Date.now() < late, `waited ${seconds} s in vain for ${what}`);
  }
}
