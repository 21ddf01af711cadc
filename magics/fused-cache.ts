import { ageText } from "../fused/cache-age.ts";
import { cache, type ListedEntry } from "../fused/cache/index.ts";
import { readFlags, splitWords } from "./arguments.ts";
import type { MagicCall, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { readAge } from "./run-flags.ts";
import { showAny } from "./show-any.ts";

const flags = { "older-than": "7d", udf: "NAME" } as const;

/** `%fused cache ls|clear`: shows what is kept, and removes it. */
export async function fusedCache(line: string, call: MagicCall, session: MagicSession): Promise<unknown> {
  const { flags: given, rest } = readFlags("%fused cache", line, flags);
  const [action = "ls", more] = splitWords(rest);
  if (more !== undefined)
    throw new MagicError(`%fused cache ${action}: ${more} is not understood. Name a UDF with --udf ${more}.`);
  const name = given["udf"] === undefined ? undefined : String(given["udf"]);
  const olderThan = given["older-than"] === undefined ? undefined : readAge(String(given["older-than"]));
  if (action === "clear") {
    const { count, bytes } = await cache.clear({ name, olderThan });
    session.print(`Removed ${count} ${count === 1 ? "entry" : "entries"}, ${size(bytes)}.\n`);
    return undefined;
  }
  if (action !== "ls") throw new MagicError(`%fused cache has ls and clear, not ${action}.`);
  const entries = (await cache.list()).filter((entry) => name === undefined || entry.name === name);
  if (call.assigned) return entries;
  if (entries.length === 0) session.print("Nothing is kept.\n");
  else {
    session.display(await showAny(entries.map(row)));
    session.print(`${entries.length} kept, ${size(entries.reduce((sum, entry) => sum + entry.size, 0))}.\n`);
  }
  return undefined;
}

function row({ name, kind, created, size: bytes, duration, folder }: ListedEntry): Record<string, unknown> {
  const age = ageText((Date.now() - created) / 1000);
  return { name, kind, age, size: size(bytes), computed: `${duration.toFixed(2)} s`, folder };
}

function size(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
