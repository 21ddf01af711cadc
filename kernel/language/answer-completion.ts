import type { Matches, ReadCompletions } from "./completions.ts";

/** What the live objects of the session give for a completion. */
export interface LiveAnswer {
  matches: string[];
  start: number;
  /** Whether these are members of an object, rather than names of any scope. */
  member: boolean;
}

/** More than this of one kind helps nobody. */
const most = 1000;

/**
 * The content of a `complete_reply`, positions in UTF-16 units: what the types know comes first, then what the live
 * objects have beside it.
 */
export function completionReply(
  typed: Matches | ReadCompletions | undefined,
  live: LiveAnswer | undefined,
  cursor: number,
): Record<string, unknown> {
  const start = typed && typed.matches.length > 0 ? typed.start : (live?.start ?? cursor);
  const end = typed && typed.matches.length > 0 ? typed.end : cursor;
  const matches = start === typed?.start ? typed.matches.slice(0, most) : [];
  const known = new Set(matches.map(({ text }) => text));
  // Where the server says that no name may stand, in a string say, those of the session do not either.
  const namesFit = !typed || !("anyName" in typed) || typed.anyName;
  if (live?.start === start && (live.member || namesFit)) {
    // Of an object whose type is known, what every object has is noise until it is asked for.
    const added = live.matches.filter((name) => !known.has(name) && !(known.size > 0 && /^_|^constructor$/.test(name)));
    matches.push(...added.slice(0, most).map((text) => ({ text, type: "instance" })));
  }
  return {
    status: "ok",
    matches: matches.map(({ text }) => text),
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: matches.map((match) => ({ start, end, ...match })) },
  };
}
