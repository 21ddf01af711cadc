import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

export const history: Magic = {
  name: "history",
  aliases: ["hist"],
  kinds: ["line"],
  summary: "Shows the cells that this session has run.",
  usage: `%history
%history 5
%history 2-7
%history -n -g TEXT

Prints the cells that this session has run, or one, or those from one number to another. -n puts their numbers before them;
-g gives those that contain a text, -l N the last N.`,
  async run({ line }, session) {
    const options = /^(?:(-n)\s*)?(?:(\d+)(?:\s*-\s*(\d+))?|-g\s+(.+)|-l\s+(\d+))?$/s.exec(line);
    if (!options)
      throw new MagicError(
        `%history: write %history, %history 5, %history 2-7, with -n, -g TEXT or -l N; what came is ${line}.`,
      );
    const [, numbered, from, to, text, last] = options;
    let entries = await session.history();
    if (from !== undefined)
      entries = entries.filter(({ count }) => count >= Number(from) && count <= Number(to ?? from));
    if (text !== undefined) entries = entries.filter(({ source }) => source.includes(text));
    if (last !== undefined) entries = Number(last) > 0 ? entries.slice(-Number(last)) : [];
    session.print(entries.map(({ count, source }) => `${numbered ? `${count}: ` : ""}${source}\n`).join(""));
  },
};
