import { createHash } from "node:crypto";
import type { EncodedValue } from "../engine/values/encoded-value.ts";
import { ageInSeconds } from "./cache-age.ts";
import { options } from "./options.ts";

/** A value as it travels, so that each reader gets a copy of their own. */
interface Entry {
  value: EncodedValue;
  bytes: number;
  /** When it was made, as `performance.now()` gives it. */
  madeAt: number;
}

/** What kept values may take together. */
const mostBytes = 256 * 2 ** 20;

/** The least recently used first. */
const entries = new Map<string, Entry>();
let keptBytes = 0;

/**
 * The age limit of kept results in seconds; 0 where none are to be read or kept.
 * @param usual where neither the call nor the UDF says anything
 */
export function cacheAge(given: { cache?: boolean; cacheMaxAge?: string | number }, usual: string | number): number {
  if (given.cache === false || !options.localEngineCache) return 0;
  return ageInSeconds(given.cacheMaxAge ?? usual);
}

/** The key of a result: everything it depends on. Undefined where that holds something which cannot be compared. */
export async function cacheKey(frame: Uint8Array, ...inputs: unknown[]): Promise<string | undefined> {
  const { packValue } = await import("../engine/values.ts");
  const hash = createHash("sha256").update(frame);
  try {
    const { text, body, buffers } = await packValue(inputs);
    hash.update(`${text.length} ${body.length} ${text}`).update(body);
    for (const buffer of buffers) hash.update(buffer);
  } catch {
    return undefined;
  }
  return hash.digest("base64");
}

/** A copy of the value kept under a key and its age in seconds, if it is not older than `maxAge` seconds. */
export async function recall(key: string, maxAge: number): Promise<{ value: unknown; age: number } | undefined> {
  const entry = entries.get(key);
  if (!entry) return undefined;
  const age = (performance.now() - entry.madeAt) / 1000;
  if (age > maxAge) return undefined;
  entries.delete(key);
  entries.set(key, entry);
  const { unpackValue } = await import("../engine/values.ts");
  return { value: await unpackValue(entry.value), age };
}

/** Keeps a copy of a value, at the cost of those that were not asked for the longest. */
export async function remember(key: string, value: unknown): Promise<void> {
  const { packValue } = await import("../engine/values.ts");
  const packed = await packValue(value);
  const copy = { ...packed, buffers: packed.buffers.map((buffer) => buffer.slice()) };
  const bytes = 2 * copy.text.length + copy.body.length + copy.buffers.reduce((sum, { length }) => sum + length, 0);
  forget(key);
  if (bytes > mostBytes) return;
  entries.set(key, { value: copy, bytes, madeAt: performance.now() });
  keptBytes += bytes;
  for (const oldest of entries.keys()) {
    if (keptBytes <= mostBytes) break;
    forget(oldest);
  }
}

function forget(key: string): void {
  keptBytes -= entries.get(key)?.bytes ?? 0;
  entries.delete(key);
}

/** `3 s`, `12 minutes`, `5 hours`: how old a kept value is, for people. */
export function ageText(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}
