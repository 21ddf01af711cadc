import type { WidgetEnv } from "../../front/mount.ts";
import type { MapSpec } from "../map-spec.ts";
import type { LayerState } from "./layer-state.ts";
import type { MapDeck } from "./map-deck.ts";
import type { MapParts } from "./map-parts.ts";
import { swipeBar } from "./swipe-bar.ts";
import type { SwipeBar } from "./swipe-bar.ts";

/** A bar with other layers on its left than on its right. */
export interface MapSwipe {
  show(spec: MapSpec["swipe"], layers: LayerState[]): void;
  /** Before each frame: the sides in the pixels of the canvas, whose size may be another. */
  measure(): void;
  close(): void;
}

export function mapSwipe({ root, title }: MapParts, deck: MapDeck, { kept }: WidgetEnv): MapSwipe {
  /** Left, bottom, width and height in the canvas' own pixels; changed in place. */
  const sides = { left: [0, 0, 0, 0], right: [0, 0, 0, 0] };
  let bar: SwipeBar | undefined;
  return {
    show(spec, layers) {
      bar?.close();
      bar = undefined;
      for (const layer of layers) {
        const { id } = layer.spec;
        const side = spec?.left.includes(id) ? sides.left : spec?.right.includes(id) ? sides.right : undefined;
        layer.parameters = side && { scissorTest: true, scissor: side };
      }
      if (!spec) return;
      const namesOf = (ids: string[]) =>
        layers.flatMap(({ spec: { id, name } }) => (ids.includes(id) ? name : [])).join(", ");
      const at = (kept["swipe"] as number | undefined) ?? 0.5;
      bar = swipeBar(title, root, [namesOf(spec.left), namesOf(spec.right)], at, (next) => {
        kept["swipe"] = next;
        deck.redraw("swipe");
      });
    },
    measure() {
      const { canvas } = deck;
      if (!bar || !canvas) return;
      const { width, height } = canvas;
      const across = Math.round(width * bar.at);
      sides.left.splice(0, 4, 0, 0, across, height);
      sides.right.splice(0, 4, across, 0, width - across, height);
    },
    close: () => bar?.close(),
  };
}
