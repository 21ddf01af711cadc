import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";

export const reset: Magic = {
  name: "reset",
  kinds: ["line"],
  summary: "Forgets all names that cells have declared.",
  usage: `%reset
%reset -f

Forgets the names that cells have declared, after asking, or at once with -f. Modules that were imported stay loaded.`,
  async run({ line }, session) {
    if (line !== "" && line !== "-f") throw new MagicError(`%reset takes -f or nothing; what came is ${line}.`);
    const names = session.names();
    if (line !== "-f") {
      const answer = await session.ask(`Forget ${names.length} ${names.length === 1 ? "name" : "names"}? [y/N] `);
      if (!/^y(es)?$/i.test(answer.trim())) return session.print("Nothing was forgotten.\n");
    }
    for (const name of names) session.forget(name);
  },
};
