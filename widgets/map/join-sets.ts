import type { FeatureSet } from "./features.ts";

type Properties = Pick<FeatureSet, "properties" | "property">;

/** Some features of several sets, one after another, with the properties of all. */
export function joinSets<Of extends Properties>(
  sets: { set: Of; indexes: number[] }[],
): Properties & { count: number; placeOf(at: number): { set: Of; index: number } } {
  const places = sets.flatMap(({ set, indexes }) => indexes.map((index) => ({ set, index })));
  return {
    count: places.length,
    properties: [...new Set(sets.flatMap(({ set }) => set.properties))],
    property: (at, name) => places[at]!.set.property(places[at]!.index, name),
    placeOf: (at) => places[at]!,
  };
}
