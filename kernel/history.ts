import { appendFile, mkdir, open, rename, stat } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Entries as `history_reply` gives them. The running kernel is the session with the highest number. */
export type HistoryEntry = [session: number, line: number, source: string];

/** What was entered, in this run of the kernel and in earlier ones. */
export interface History {
  add(line: number, source: string): void;
  /** The newest entries, oldest first. */
  tail(count: number): Promise<HistoryEntry[]>;
  /** Lines of one session: 0 is this one, -1 the one before, a positive number the session of that number. */
  range(session: number, start: number, stop: number | undefined): Promise<HistoryEntry[]>;
  /** Entries that a glob pattern (`*`, `?`) matches as a whole, the newest `count` of them. */
  search(pattern: string, count: number, unique: boolean): Promise<HistoryEntry[]>;
  /** Writes what is not written yet. */
  flush(): Promise<void>;
}

/** One line of the file. Kernels append whole lines, so that several can share it. */
interface StoredLine {
  session: string;
  line: number;
  source: string;
}

/** As much of the end of the file as is read; from twice that on the file is put aside and a new one begun. */
const readBytes = 4 << 20;
/** Lines wait this long, milliseconds, so that cells in quick succession are written together. */
const writePause = 300;

/**
 * The history of a person's kernels, in one append-only file: `FUSED_HISTORY_FILE`, else `~/.fused/history.jsonl`. Where
 * it cannot be read or written, this run's own entries are all there is.
 * @param scrub takes out secrets; asked late, when the cell that brought one may have told of it
 */
export function createHistory(
  scrub: (text: string) => string = (text) => text,
  path = process.env.FUSED_HISTORY_FILE ?? join(homedir(), ".fused", "history.jsonl"),
): History {
  const session = randomUUID();
  const own: [number, string][] = [];
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let earlier: Promise<StoredLine[]> | undefined;

  async function prepare(): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 2 * readBytes) await rename(path, `${path}.old`);
  }

  async function all(): Promise<HistoryEntry[]> {
    earlier ??= readEnd(path).catch(() => []);
    const others = (await earlier).filter((entry) => entry.session !== session);
    const numbers = new Map<string, number>();
    for (const entry of others) if (!numbers.has(entry.session)) numbers.set(entry.session, numbers.size + 1);
    const current = numbers.size + 1;
    return [
      ...others.map((entry): HistoryEntry => [numbers.get(entry.session)!, entry.line, entry.source]),
      ...own.map(([line, source]): HistoryEntry => [current, line, source]),
    ];
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const text = scrub(waiting);
    waiting = "";
    writing = (writing ?? prepare()).then(() => appendFile(path, text, { mode: 0o600 })).catch(() => {});
    return writing;
  }

  return {
    add(line, source) {
      own.push([line, source]);
      waiting += `${JSON.stringify({ session, line, source } satisfies StoredLine)}\n`;
      timer ??= setTimeout(() => void flush(), writePause);
    },
    flush,
    tail: async (count) => (count > 0 ? (await all()).slice(-count) : []),
    async range(wanted, start, stop) {
      const entries = await all();
      const current = entries.at(-1)?.[0] ?? 1;
      const number = wanted > 0 ? wanted : current + wanted;
      return entries.filter(([of, line]) => of === number && line >= start && (stop === undefined || line < stop));
    },
    async search(pattern, count, unique) {
      const matcher = glob(pattern);
      let found = (await all()).filter(([, , source]) => matcher.test(source));
      if (unique) {
        const last = new Map(found.map((entry) => [entry[2], entry]));
        found = found.filter((entry) => last.get(entry[2]) === entry);
      }
      return count > 0 ? found.slice(-count) : found;
    },
  };
}

async function readEnd(path: string): Promise<StoredLine[]> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const start = Math.max(0, size - readBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  const lines = buffer.subarray(0, bytesRead).toString().split("\n");
  if (start > 0) lines.shift();
  return lines.flatMap((line) => {
    try {
      const entry = JSON.parse(line) as StoredLine;
      return typeof entry.source === "string" && typeof entry.line === "number" ? [entry] : [];
    } catch {
      return [];
    }
  });
}

function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*/g, "[^]*").replace(/\?/g, "[^]")}$`);
}
