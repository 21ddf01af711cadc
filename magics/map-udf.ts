import { readFlags, splitWords } from "./arguments.ts";
import { findUdf, lookupExpression } from "./find-udf.ts";
import type { Magic } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { checkList, showPool } from "./map-list.ts";
import { readCount, readRunFlags, runFlags } from "./run-flags.ts";

const magic = "%%map_udf";
const flags = { ...runFlags, "max-workers": "N", "ignore-exceptions": true, pool: "NAME" } as const;

export const mapUdf: Magic = {
  name: "map_udf",
  kinds: ["cell"],
  summary: "Runs a UDF over the list that the cell's expression gives.",
  usage: `%%map_udf NAME [--max-workers N] [--ignore-exceptions] [--pool VARIABLE]
expression

The cell is an expression whose value is the list. Runs the UDF once for each item, shows the progress, then a table of the
results. The same as NAME.map(list, { maxWorkers }); plain values go to the UDF's first parameter, objects name parameters.

  --pool VARIABLE        the notebook's name for the pool: then the cell does not wait. %pool VARIABLE status
  --max-workers N        runs at once (default: the number of cores)
  --ignore-exceptions    leave failed runs out instead of stopping with the first error
  --engine, --timeout, --cache-max-age    as of %run_udf`,
  bodyIsCode: true,
  declares(line) {
    const name = flagsOf(line)?.flags["pool"];
    return typeof name === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : undefined;
  },
  expressions: (line) => ({ udf: lookupExpression(splitWords(flagsOf(line)?.rest ?? line)[0]) }),
  async run({ line, body, bodyFirstLine, values }, session) {
    const { flags: given, rest } = readFlags(magic, line, flags);
    const [name, extra] = splitWords(rest);
    const target = await findUdf(magic, name, values["udf"], session);
    if (extra !== undefined)
      throw new MagicError(`${magic}: ${extra} is too much: the list stands below the first line.`);
    if (body.trim() === "") throw new MagicError(`${magic}: the cell has no list below its first line.`);
    const list = checkList(magic, target, await session.evaluate(body, bodyFirstLine));
    const workers = given["max-workers"];
    const maxWorkers = workers === undefined ? {} : { maxWorkers: readCount(magic, "max-workers", workers, 1) };
    const pool = target.map(list, { ...readRunFlags(magic, given), ...maxWorkers });
    if (given["pool"] !== undefined) {
      pool.showProgress();
      return pool;
    }
    await showPool(
      pool,
      { ignoreExceptions: given["ignore-exceptions"] === true, kept: given["pool"] !== undefined },
      session,
    );
    return undefined;
  },
};

/** The line's flags; undefined where they are wrong, for `run` to complain about. */
function flagsOf(line: string) {
  try {
    return readFlags(magic, line, flags);
  } catch {
    return undefined;
  }
}
