/** Something that is kept, and how much of it there is. */
interface Kept<T> {
  value: T;
  bytes: number;
  /** Milliseconds since 1970; absent: for good. */
  until?: number;
}

/** Keeps what was asked for lately, within a number of bytes. */
export interface AnswerCache<T> {
  get(key: string): T | undefined;
  /** @param seconds how long it is good; absent: until it is crowded out */
  set(key: string, value: T, bytes: number, seconds?: number): void;
  delete(key: string): void;
  bytes(): number;
  clear(): void;
}

/** A cache that gives up what was used longest ago. */
export function answerCache<T>(budget: number): AnswerCache<T> {
  const entries = new Map<string, Kept<T>>();
  let sum = 0;
  const remove = (key: string): void => {
    sum -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      if (entry.until !== undefined && entry.until < Date.now()) {
        sum -= entry.bytes;
        return undefined;
      }
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes, seconds) {
      remove(key);
      if (bytes > budget) return;
      entries.set(key, { value, bytes, until: seconds === undefined ? undefined : Date.now() + 1000 * seconds });
      sum += bytes;
      for (const oldest of entries.keys()) {
        if (sum <= budget) break;
        remove(oldest);
      }
    },
    delete: remove,
    bytes: () => sum,
    clear() {
      entries.clear();
      sum = 0;
    },
  };
}
