import { nearestName } from "../fused/nearest-name.ts";
import type { Udf } from "../fused/udf.ts";
import { udfState } from "../fused/udf-state.ts";
import type { MagicSession } from "./magic.ts";
import { MagicError } from "./magic.ts";
import { openSdk } from "./sdk.ts";

const identifier = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;

/** TypeScript that gives what the notebook knows under a name, and undefined where it knows nothing. */
export function lookupExpression(name: string | undefined): string {
  return name !== undefined && identifier.test(name)
    ? `typeof ${name} === "undefined" ? undefined : ${name}`
    : "undefined";
}

/**
 * The UDF that a magic's first word names.
 * @param value what `lookupExpression` gave; a plain function becomes a UDF
 * @throws MagicError where no name stands there, where nothing of that name exists (naming the nearest UDF), or where it
 *   is no function
 */
export async function findUdf(
  magic: string,
  name: string | undefined,
  value: unknown,
  session: MagicSession,
): Promise<Udf> {
  if (name === undefined)
    throw new MagicError(`${magic}: which UDF? Write its name after ${magic}. ${magic} --help tells more.`);
  const { udf } = await openSdk();
  if (udfState(value)) return value as Udf;
  if (typeof value === "function") return udf(value as () => unknown, { name });
  if (value !== undefined) {
    throw new MagicError(
      `${magic}: ${name} is no UDF but ${kindOf(value)}. Define one with %%udf ${name}, or with fused.udf.`,
    );
  }
  const defined = await definedUdfs(session);
  const nearest = nearestName(name, defined);
  const hint = nearest
    ? `Did you mean ${nearest}?`
    : defined.length > 0
      ? `Defined so far: ${defined.join(", ")}.`
      : `Define it first: a cell that begins with %%udf ${name}.`;
  throw new MagicError(`${magic}: there is no UDF ${name}. ${hint}`);
}

/** Names under which the notebook knows UDFs. */
async function definedUdfs(session: MagicSession): Promise<string[]> {
  return [...(await notebookUdfs(session)).keys()];
}

/** The notebook's UDFs by name. */
export async function notebookUdfs(session: MagicSession): Promise<Map<string, Udf>> {
  const names = session.names().filter((name) => identifier.test(name));
  const pairs = names.map((name) => `[${JSON.stringify(name)}, ${lookupExpression(name)}]`);
  const values = (await session.evaluate(`[${pairs.join(", ")}]`)) as [string, unknown][];
  return new Map(values.filter((each): each is [string, Udf] => udfState(each[1]) !== undefined));
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? `a ${value.constructor?.name ?? "object"}` : `a ${typeof value}`;
}
