import { inspect } from "node:util";
import type { MimeBundle } from "../widgets/mime-bundle.ts";

/** A value as a table, map, image or chart; as text where it is none of these. */
export async function showAny(value: unknown): Promise<MimeBundle> {
  const { showValue } = await import("../widgets/show.ts");
  const text = () => inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 10_000 });
  return (await showValue(value)) ?? { data: { "text/plain": text() }, metadata: {} };
}
