import { joinSets } from "./join-sets.ts";
import { radiusFor } from "./draw-vector.ts";
import type { FeatureSet } from "./features.ts";
import type { ReadyLayer } from "./layers.ts";
import { resolveStyle } from "./vector-style.ts";

/**
 * Gives the features of many tiles of one layer one look, in place: the same value has the same colour in every tile, and points
 * are as large as all of them together ask for. Layers of one tile or of none with features stay as they are.
 */
export function shareStyle(layers: ReadyLayer[]): void {
  const tiles = layers.filter((layer) => layer.type === "tile" && layer.vector && layer.vector.indexes.length > 0);
  const groups = Map.groupBy(tiles, ({ name, vector }) => `${name} ${JSON.stringify(vector!.style)}`);
  for (const group of groups.values()) if (group.length > 1) shareAmong(group);
}

function shareAmong(tiles: ReadyLayer[]): void {
  const vectors = tiles.map(({ vector }) => vector!);
  const drawn = vectors.map(({ features, indexes }) => ({ features, indexes }));
  const { style } = vectors[0]!;
  const joined = joinDrawn(drawn);
  const colours = resolveStyle(
    joined,
    Array.from({ length: joined.count }, (_, i) => i),
    style,
  );
  const radius = style.radius ?? radiusFor(joined.count);
  let before = 0;
  for (const [i, { indexes }] of drawn.entries()) {
    const places = new Map(indexes.map((index, at) => [index, before + at]));
    const colourOf = (index: number) => colours.colourOf(places.get(index)!);
    tiles[i]!.vector = { ...vectors[i]!, style: { ...style, radius }, colours: { ...colours, colourOf } };
    tiles[i]!.legend = colours.legend;
    before += indexes.length;
  }
}

/** The features that are drawn of several sets, one after another, with the properties of all. */
function joinDrawn(drawn: { features: FeatureSet; indexes: number[] }[]): FeatureSet {
  const joined = joinSets(drawn.map(({ features, indexes }) => ({ set: features, indexes })));
  return {
    ...joined,
    geometry(at) {
      const { set, index } = joined.placeOf(at);
      return set.geometry(index);
    },
  };
}
