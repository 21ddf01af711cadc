import type { JobPool } from "../fused/job-pool.ts";
import { isArrowTable } from "../fused/results.ts";
import type { Udf } from "../fused/udf.ts";
import type { MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { showAny } from "./show-any.ts";

/**
 * The list that a UDF is to run over.
 * @throws MagicError saying what came, where it is none
 */
export function checkList(magic: string, target: Udf, value: unknown): unknown {
  const isList =
    Array.isArray(value) ||
    isArrowTable(value) ||
    (typeof value === "object" && value !== null && Symbol.iterator in value);
  if (isList) return value;
  const came =
    value === null
      ? "null"
      : value === undefined
        ? "undefined"
        : typeof value === "object"
          ? "one object"
          : `the ${typeof value} ${String(value)}`;
  throw new MagicError(
    `${magic} runs ${target.name} over a list; what came is ${came}. Write a list, as in ${magic} ${target.name} [1, 2, 3].`,
  );
}

/** Shows a pool's progress until it is done, then the table of its results. @throws the error of the earliest failed run */
export async function showPool(
  pool: JobPool,
  { ignoreExceptions, kept }: { ignoreExceptions: boolean; kept: boolean },
  session: MagicSession,
): Promise<void> {
  await usePoolView();
  pool.showProgress();
  // A pool that goes to a variable must get there, with what succeeded, also where some runs have failed.
  const table = await pool.collect({ ignoreExceptions: ignoreExceptions || kept, verbose: false });
  const left = pool.length - pool.success().size;
  if (left > 0) {
    session.warn(`${left} of ${pool.length} runs gave no result and are left out of the table.\n`);
    const first = ignoreExceptions ? undefined : pool.firstError();
    if (first) session.warn(`The first: ${first.message}\npool.errors() has them all, pool.retry() runs them again.\n`);
  }
  const rows = isArrowTable(table) ? table.numRows : table.length;
  if (rows > 0) session.display(await showAny(table));
}

/** Pools are drawn with the progress widget from here on. */
export async function usePoolView(): Promise<void> {
  const [{ setPoolView }, { poolView }] = await Promise.all([
    import("../fused/job-pool-display.ts"),
    import("./pool-view.ts"),
  ]);
  setPoolView(poolView);
}
