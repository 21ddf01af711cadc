import { boundsAround } from "../bounds-around.ts";
import type { Bounds } from "../mercator.ts";
import type { LayerState } from "./layer-state.ts";

/** The box around layers; undefined where none of them says where it lies. */
export function layerBounds(layers: LayerState[]): Bounds | undefined {
  const boxes = layers.flatMap(({ spec }) => {
    const box = spec.type === "tiles" ? spec.extent : spec.bounds;
    return box ? [box] : [];
  });
  return boxes.length > 0 ? boundsAround(boxes) : undefined;
}
