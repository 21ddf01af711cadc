import type { PickingInfo } from "@deck.gl/core";
import type { Transport } from "../../front/transport.ts";
import type { LayerState } from "./layer-state.ts";
import type { MapDeck } from "./map-deck.ts";
import { pickedFeature } from "./picked.ts";

/** Tells the kernel of a click, and of the feature that lies there. */
export function tellClick(info: PickingInfo, layers: LayerState[], transport: Transport): void {
  const feature = pickedFeature(info, layers);
  const coordinate = info.coordinate?.slice(0, 2);
  transport.send("event", { event: "click", coordinate, ...feature });
  if (feature) transport.send("select", { features: [feature], coordinate });
}

/**
 * Tells the kernel what is drawn in a box.
 * @param box CSS pixels
 * @returns how many features
 */
export function tellBox(
  box: [x: number, y: number, width: number, height: number],
  layers: LayerState[],
  deck: MapDeck,
  transport: Transport,
): number {
  const [x, y, width, height] = box;
  const features = deck.pick(box).flatMap((info) => pickedFeature(info, layers) ?? []);
  const viewport = deck.viewport!;
  const [west, north] = viewport.unproject([x, y]) as [number, number];
  const [east, south] = viewport.unproject([x + width, y + height]) as [number, number];
  transport.send("select", { features, bounds: [west, south, east, north] });
  return features.length;
}
