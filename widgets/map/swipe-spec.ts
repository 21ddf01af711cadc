import type { ShowMapOptions } from "./map-options.ts";
import type { MapSpec } from "./map-spec.ts";

/** Which layers lie left and right of the bar. @throws TypeError for a name that no layer has, or fewer than two layers */
export function swipeSpec(swipe: ShowMapOptions["swipe"], layers: { id: string; name: string }[]): MapSpec["swipe"] {
  if (swipe === undefined || swipe === false) return undefined;
  if (swipe === true) {
    if (layers.length < 2) throw new TypeError("swipe needs two layers, one for either side.");
    return { left: [layers[0]!.id], right: [layers[1]!.id] };
  }
  const idsOf = (names: string | string[]): string[] =>
    [names].flat().map((name) => {
      const layer = layers.find((each) => each.name === name || each.id === name);
      if (layer) return layer.id;
      throw new TypeError(
        `swipe names the layer "${name}", which there is not; there are ${layers.map((each) => each.name).join(", ")}.`,
      );
    });
  if (!Array.isArray(swipe) || swipe.length !== 2)
    throw new TypeError('swipe is true, or names the layers of either side: ["before", "after"].');
  return { left: idsOf(swipe[0]), right: idsOf(swipe[1]) };
}

/** On which side of the bar a layer lies, by its id. */
export function swipeSides(
  swipe: ShowMapOptions["swipe"],
  layers: { id: string; name: string }[],
): (id: string) => "left" | "right" | undefined {
  const sides = swipeSpec(swipe, layers);
  return (id) => (sides?.left.includes(id) ? "left" : sides?.right.includes(id) ? "right" : undefined);
}
