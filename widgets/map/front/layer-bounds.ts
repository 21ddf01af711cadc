import type { Bounds } from "../mercator.ts";
import type { LayerState } from "./layer-state.ts";

/** The box around layers; undefined where none of them says where it lies. */
export function layerBounds(layers: LayerState[]): Bounds | undefined {
  const boxes = layers.flatMap(({ spec }) => {
    const box = spec.type === "tiles" ? spec.extent : spec.bounds;
    return box ? [box] : [];
  });
  if (boxes.length === 0) return undefined;
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}
