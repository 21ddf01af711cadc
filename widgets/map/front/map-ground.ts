import type { Layer } from "@deck.gl/core";
import type { Theme } from "../../front/mount.ts";
import { rgba } from "../colour-table.ts";
import type { Basemap } from "../map-spec.ts";
import { themes } from "../theme.ts";
import { basemapCanvas } from "./basemap-canvas.ts";
import { basemapLayers, groundLayer, linesOverImage } from "./basemap-layers.ts";
import type { MapDeck } from "./map-deck.ts";
import { gradeFor, outlinesFor } from "./outlines.ts";
import type { TileRequests } from "./tile-requests.ts";

/** What the data lies on: layers of deck.gl, and where WebGL would take long for lines, canvases around its own. */
export interface MapGround {
  under(basemap: Basemap, theme: Theme): Layer[];
  /** Coasts and borders once more, over an image that hides them. */
  over(basemap: Basemap, theme: Theme): Layer[];
  /** The view has moved: at some zoom the outlines are others. */
  zoomed(): void;
  /** Of deck.gl's canvas, parts from 0 to 1. */
  clearColor(theme: Theme): number[];
  /**
   * Draws the canvases for deck.gl's view.
   * @param loaded called when finer outlines have come
   */
  paint(theme: Theme, hasImage: boolean, loaded: () => void): void;
  readonly canvases?: [under: HTMLCanvasElement, over: HTMLCanvasElement];
}

/**
 * @param place holds deck.gl's canvas
 * @param isPlain the outlines are drawn on canvases of their own
 * @param changed called when more has been loaded
 * @param failed called with the reason of each tile that did not come
 */
export function mapGround(
  place: HTMLElement,
  isPlain: boolean,
  deck: MapDeck,
  requests: TileRequests,
  { changed, failed }: { changed(): void; failed(reason: string): void },
): MapGround {
  const plain = isPlain ? basemapCanvas(place) : undefined;
  let grade: string | undefined;
  return {
    canvases: plain?.canvases,
    under: (basemap, theme) => [
      ...(plain ? [] : basemapLayers(basemap, theme, deck.view.zoom, changed)),
      ...(basemap.kind === "tiles" ? [groundLayer(basemap, requests, failed)] : []),
    ],
    over: (basemap, theme) => (plain ? [] : linesOverImage(basemap, theme, deck.view.zoom)),
    zoomed() {
      const next = gradeFor(deck.view.zoom);
      if (next !== grade) changed();
      grade = next;
    },
    clearColor: (theme) => (plain ? [0, 0, 0, 0] : rgba(themes[theme].ocean).map((each) => each / 255)),
    paint(theme, hasImage, loaded) {
      const { viewport, view } = deck;
      if (!plain || !viewport) return;
      plain.draw(viewport, outlinesFor(view.zoom, loaded)?.outlines, theme, hasImage);
    },
  };
}
