import { readFlags, splitWords } from "./arguments.ts";
import type { Magic, MagicCall, MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { mapUdf } from "./map-udf.ts";
import { readAge } from "./run-flags.ts";
import { openSdk } from "./sdk.ts";
import { udf } from "./udf.ts";

/** What a `%%fused` cell is: another cell magic's line, or a cached function. */
type FusedCell = { magic: Magic; line: string } | { cached: string };

const cacheFlags = { "cache-max-age": "1h" } as const;

/** `%%fused NAME` and `%%fused run NAME` are `%%udf`, `%%fused map NAME` is `%%map_udf`, `%%fused cache NAME` its own. */
export function fusedCell(line: string): FusedCell {
  const [, word, rest = ""] = /^\s*(run|map|cache)\s+((?=[^\s-])[^]*)$/.exec(line) ?? [];
  if (word === "run") return { magic: udf, line: `${rest} --run` };
  if (word === "map") return { magic: mapUdf, line: rest };
  return word === "cache" ? { cached: rest } : { magic: udf, line };
}

/** The name that the cell declares. */
export function fusedCellDeclares(line: string): string | undefined {
  const cell = fusedCell(line);
  return "cached" in cell ? nameOf(cell.cached) : cell.magic.declares?.(cell.line, "cell");
}

export async function runFusedCell(call: MagicCall, session: MagicSession): Promise<unknown> {
  const cell = fusedCell(call.line);
  if ("magic" in cell) return cell.magic.run({ ...call, line: cell.line }, session);
  const { flags, rest } = readFlags("%%fused cache", cell.cached, cacheFlags);
  const name = nameOf(cell.cached);
  if (name === undefined || splitWords(rest).length > 1) {
    throw new MagicError("%%fused cache takes a name: %%fused cache slow --cache-max-age 1h, and a function below.");
  }
  await openSdk();
  const { cache } = await import("../fused/cache/index.ts");
  const fn = await session.evaluate(`(${call.body.trim().replace(/;$/, "")}\n)`, call.bodyFirstLine);
  if (typeof fn !== "function") throw new MagicError("%%fused cache: the cell is one function, async (x: number) => …");
  const age = flags["cache-max-age"];
  return cache(fn as () => Promise<unknown>, age === undefined ? {} : { cacheMaxAge: readAge(String(age)) });
}

function nameOf(line: string): string | undefined {
  let name: string | undefined;
  try {
    name = splitWords(readFlags("%%fused cache", line, cacheFlags).rest)[0];
  } catch {
    return undefined;
  }
  return name !== undefined && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : undefined;
}
