import type { JobPool } from "../fused/job-pool.ts";
import { nearestName } from "../fused/nearest-name.ts";
import { readFlags, splitWords } from "./arguments.ts";
import { lookupExpression } from "./find-udf.ts";
import type { Magic, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { showAny } from "./show-any.ts";

const magic = "%pool";

/** What can be done with a pool, by the word that asks for it. */
const actions: Record<string, (pool: JobPool, session: MagicSession) => unknown> = {
  status(pool, session) {
    const counts = Object.entries(pool.status()).filter(([, count]) => count > 0);
    session.print(`${counts.map(([state, count]) => `${count} ${state}`).join(", ") || "no runs"}\n`);
  },
  tail: (pool, session) => pool.tail({ print: (text) => session.print(`${text}\n`) }),
  retry(pool, session) {
    pool.retry();
    pool.showProgress();
    session.print(`${pool.pending().size + pool.running().size} runs go again\n`);
  },
  async cancel(pool, session) {
    await pool.cancel();
    session.print(`${pool.cancelled().size} runs are cancelled, ${pool.running().size} still finish\n`);
  },
  async errors(pool, session) {
    const rows = [...pool.errors()].map(([run, error]) => ({
      run,
      arguments: JSON.stringify(pool.argDf()[run]),
      error: error.message.split("\n", 1)[0],
    }));
    if (rows.length === 0) session.print("no errors\n");
    else if (rows.length === 1) session.print(`run ${rows[0]!.run} ${rows[0]!.arguments}: ${rows[0]!.error}\n`);
    else session.display(await showAny(rows));
  },
};

export const pool: Magic = {
  name: "pool",
  kinds: ["line"],
  summary: "Looks after a pool of runs: status, tail, retry, cancel, errors.",
  usage: `%pool NAME status     how many runs are in which state: NAME.status()
%pool NAME tail       waits, printing each change: NAME.tail()
%pool NAME retry      starts failed runs again: NAME.retry()
%pool NAME cancel     cancels runs that have not started: NAME.cancel()
%pool NAME errors     what went wrong so far: NAME.errors()

NAME is a variable that holds a pool, such as that of %%map_udf --pool NAME or const NAME = quakes.map(list).`,
  expressions: (line) => ({ pool: lookupExpression(splitWords(line)[0]) }),
  completions: (before) => (before.length === 1 ? Object.keys(actions) : []),
  async run({ line, values }, session) {
    const [name, action = "status", extra] = splitWords(readFlags(magic, line, {}).rest);
    if (name === undefined) throw new MagicError(`${magic}: which pool? Write its variable after ${magic}.`);
    if (extra !== undefined) throw new MagicError(`${magic}: ${extra} is too much.`);
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!act) {
      const nearest = nearestName(action, Object.keys(actions));
      const hint = nearest ? `Did you mean ${nearest}?` : `It has ${Object.keys(actions).join(", ")}.`;
      throw new MagicError(`${magic} has no ${action}. ${hint}`);
    }
    const found = values["pool"] as Partial<JobPool> | undefined;
    if (typeof found?.status !== "function" || typeof found.tail !== "function") {
      throw new MagicError(`${magic}: ${name} is no pool. NAME.map(list) and %%map_udf --pool NAME give one.`);
    }
    await act(found as JobPool, session);
    return undefined;
  },
};
