/** What was entered in this run of the kernel, for `history_request`. */
export interface History {
  add(line: number, source: string): void;
  /** Entries as `[session, line, source]`, oldest first. */
  tail(count: number): HistoryEntry[];
  range(start: number, stop: number | undefined): HistoryEntry[];
  /** Entries that a glob pattern (`*`, `?`) matches as a whole, the newest `count` of them. */
  search(pattern: string, count: number, unique: boolean): HistoryEntry[];
}

export type HistoryEntry = [session: number, line: number, source: string];

export function createHistory(): History {
  const entries: HistoryEntry[] = [];
  return {
    add: (line, source) => void entries.push([1, line, source]),
    tail: (count) => (count > 0 ? entries.slice(-count) : []),
    range: (start, stop) => entries.filter(([, line]) => line >= start && (stop === undefined || line < stop)),
    search(pattern, count, unique) {
      const matcher = glob(pattern);
      let found = entries.filter(([, , source]) => matcher.test(source));
      if (unique) {
        const last = new Map(found.map((entry) => [entry[2], entry]));
        found = found.filter((entry) => last.get(entry[2]) === entry);
      }
      return count > 0 ? found.slice(-count) : found;
    },
  };
}

function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*/g, "[^]*").replace(/\?/g, "[^]")}$`);
}
