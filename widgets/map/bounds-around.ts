import type { Bounds } from "./mercator.ts";

/** The least box that holds all of some boxes, of which there must be one. */
export function boundsAround(boxes: Bounds[]): Bounds {
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}
