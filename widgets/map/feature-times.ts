import type { FeatureTable } from "./decode-features.ts";
import { timeOf } from "./time-of.ts";

const known = new WeakMap<FeatureTable, { field: string; times: Float64Array }>();

/** The time of each feature by one of its properties, NaN where it has none; undefined where there is no such property. */
export function featureTimes(table: FeatureTable, field: string): Float64Array | undefined {
  const made = known.get(table);
  if (made?.field === field) return made.times;
  if (!table.properties.includes(field)) return undefined;
  const times = Float64Array.from({ length: table.count }, (_, i) => timeOf(table.property(i, field)));
  known.set(table, { field, times });
  return times;
}
