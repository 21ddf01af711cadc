import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { splitWords } from "../../magics/arguments.ts";
import type { Magic } from "../../magics/magic.ts";
import { allMagics, findMagic } from "../../magics/registry.ts";
import type { Match, Matches } from "./completions.ts";

/** What the notebook knows, asked only where it is needed. */
export interface MagicContext {
  folder: string;
  udfNames(): Promise<string[]>;
  parameterNames(udf: string): Promise<string[]>;
}

/**
 * Completions inside a magic's line or a `!command`: names of magics, flags, settings, UDFs, their parameters, files.
 * @returns undefined where the cursor does not stand in one, or stands in code that the magic takes
 */
export async function completeMagic(code: string, cursor: number, context: MagicContext): Promise<Matches | undefined> {
  const lineStart = code.lastIndexOf("\n", cursor - 1) + 1;
  const line = code.slice(lineStart, cursor);
  const name = /(?:^|=)\s*(%{1,2})([\w.-]*)$/.exec(line);
  if (name) return magicNames(name[1]!, name[2]!, cursor);
  const command = /^\s*(?:[^=%]*[^=!<>%]=\s*)?!(?!=)(.*)$/.exec(line);
  if (command) return finish(command[1]!, fileNames(lastWord(command[1]!), context.folder), cursor);
  const used = /(?:^|=)\s*(%{1,2})([A-Za-z_][\w.-]*)\s+(.*)$/.exec(line);
  const magic = used ? findMagic(used[2]!) : undefined;
  if (!used || !magic) return undefined;
  const isCode = magic.bodyIsCode && used[1] === "%";
  const written = used[3]!;
  if (isCode && !lastWord(written).startsWith("--")) return undefined;
  return finish(written, await argumentsOf(magic, written, context), cursor);
}

function magicNames(sign: string, start: string, cursor: number): Matches {
  const kind = sign === "%%" ? "cell" : "line";
  const names = allMagics()
    .filter(({ kinds }) => kinds.includes(kind))
    .flatMap(({ name, aliases, summary }) =>
      [name, ...(aliases ?? [])].map((each) => ({ text: sign + each, type: "magic", signature: summary })),
    );
  return {
    start: cursor - sign.length - start.length,
    end: cursor,
    matches: names.filter(({ text }) => text.startsWith(sign + start)),
  };
}

async function argumentsOf(magic: Magic, written: string, context: MagicContext): Promise<Match[]> {
  const word = lastWord(written);
  const before = splitWords(written.slice(0, written.length - word.length));
  if (word.startsWith("-")) return flagsOf(magic, before);
  const own = magic.completions?.(before);
  if (own) return own.map((text) => ({ text, type: "text" }));
  const values = before.filter((each) => !each.startsWith("--"));
  if (takesUdf(magic)) {
    if (values.length === 0) return (await context.udfNames()).map((text) => ({ text, type: "function" }));
    if (/\bparam\w*=/.test(magic.usage)) {
      const given = new Set(values.map((each) => each.split("=")[0]));
      const names = await context.parameterNames(values[0]!);
      return names.filter((each) => !given.has(each)).map((each) => ({ text: `${each}=`, type: "param" }));
    }
  }
  return takesFile(magic) ? fileNames(word, context.folder) : [];
}

const takesUdf = ({ usage, name, declares }: Magic): boolean =>
  !declares && new RegExp(`^%{1,2}${name} NAME\\b`).test(usage);
const takesFile = ({ usage }: Magic): boolean => /\b(?:FILE|PATH|FOLDER|DIRECTORY)\b/.test(usage);

/** The flags that a magic's usage speaks of, but those that stand on the line already. */
function flagsOf({ usage }: Magic, before: string[]): Match[] {
  const given = new Set(before.map((each) => each.split("=")[0]));
  const flags = new Map<string, string>();
  for (const [, flag, rest] of `${usage}\n  --help  tells how it is used`.matchAll(/^ +(--[a-z][\w-]*)(.*)$/gm)) {
    flags.set(flag!, rest!.trim());
  }
  for (const [flag] of usage.matchAll(/--[a-z][\w-]*/g)) if (!flags.has(flag)) flags.set(flag, "");
  return [...flags]
    .filter(([flag]) => !given.has(flag))
    .map(([text, signature]) => ({ text, type: "flag", signature }));
}

function fileNames(word: string, folder: string): Match[] {
  const path = word.replace(/^["']/, "");
  const inside = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
  const start = path.slice(inside.length);
  try {
    const entries = readdirSync(join(inside.startsWith("/") ? dirname(`${inside}.`) : join(folder, inside)), {
      withFileTypes: true,
    });
    return entries
      .filter(({ name }) => name.startsWith(start) && (start.startsWith(".") || !name.startsWith(".")))
      .map((entry) => ({ text: inside + entry.name + (entry.isDirectory() ? "/" : ""), type: "path" }));
  } catch {
    return [];
  }
}

/** What stands after the last blank. */
const lastWord = (text: string): string => /\S*$/.exec(text)![0];

function finish(written: string, found: Match[], cursor: number): Matches {
  const word = lastWord(written);
  const quoted = /^["']/.exec(word)?.[0] ?? "";
  const typed = word.slice(quoted.length);
  const matches = found.filter(({ text }) => text.startsWith(typed)).sort((a, b) => a.text.localeCompare(b.text));
  return { start: cursor - typed.length, end: cursor, matches };
}
