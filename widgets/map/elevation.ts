import type { FeatureTable } from "./decode-features.ts";
import { readExpression } from "./expression.ts";
import type { LayerStyle } from "./map-spec.ts";

/** Height of each feature in metres: a number, a property, or an expression; what is missing lies flat. */
export function elevationOf({ elevation }: LayerStyle, table: FeatureTable): (index: number) => number {
  if (typeof elevation === "number") return () => elevation;
  if (elevation === undefined) return () => 0;
  if (elevation.startsWith("@@=")) {
    const evaluate = readExpression(elevation.slice(3));
    return (index) => Number(evaluate((name) => table.property(index, name)) ?? 0) || 0;
  }
  return (index) => Number(table.property(index, elevation) ?? 0) || 0;
}
