import { nearestName } from "../../fused/nearest-name.ts";
import { badRequest } from "./http-error.ts";

/**
 * Refuses members of a JSON body that mean nothing here, so that what was misspelt is not passed over.
 * @param what the body is of, for the message: `A job`
 * @throws HttpError 400 naming the member, and the one it is nearest to
 */
export function onlyKnown(fields: Record<string, unknown>, names: readonly string[], what: string): void {
  const other = Object.keys(fields).find((name) => !names.includes(name));
  if (other === undefined) return;
  const meant = nearestName(other, names);
  const next = meant === undefined ? `It has ${names.join(", ")}.` : `Did you mean ${meant}?`;
  throw badRequest(`${what} has no ${JSON.stringify(other.slice(0, 60))}. ${next}`);
}
