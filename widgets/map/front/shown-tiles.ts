import type { Transport } from "../../front/transport.ts";
import type { LayerState } from "./layer-state.ts";
import type { MapDeck } from "./map-deck.ts";
import type { MapParts } from "./map-parts.ts";
import { drawOverlay } from "./tile-overlay.ts";
import type { TileRequests } from "./tile-requests.ts";
import { traceBox } from "./trace-box.ts";
import { tilesOf } from "./udf-tile-layer.ts";
import type { DeckTile } from "./udf-tile-layer.ts";

/** What is said over the tiles in view, and how many of them are still to come. */
export interface ShownTiles {
  /** Looks at them again with the next frame. */
  look(): void;
  /** Whether each tile's number and times are shown. */
  debug(isOn: boolean): void;
  close(): void;
}

/**
 * @param tiled the layers of tiles that are visible
 * @param changed called when a tile is to be asked for again
 */
export function shownTiles(
  { root, tiles: place, progress }: MapParts,
  deck: MapDeck,
  transport: Transport,
  requests: TileRequests,
  tiled: () => LayerState[],
  changed: () => void,
): ShownTiles {
  let isDebug = false;
  let frame = 0;
  const tilesIn = ({ spec }: LayerState): DeckTile[] => tilesOf(deck.layer(spec.id));
  const explain = (tile: DeckTile): void => {
    const { z, x, y } = tile.index;
    const layer = tiled().find((each) => tilesIn(each).includes(tile));
    traceBox(root, transport, `${z}/${x}/${y}`, tile.content!.error!, () => {
      if (!layer) return;
      requests.retry(layer.spec.id, tile.index);
      tile.setNeedsReload();
      changed();
      // A tile that is to be loaded again is looked at when the layer is next updated.
      deck.layer(layer.spec.id)?.setNeedsUpdate();
    });
  };
  const draw = (): void => {
    frame = 0;
    const tiles = tiled().flatMap(tilesIn);
    if (deck.viewport) drawOverlay(place, tiles, deck.viewport, isDebug, { explain });
    const done = tiles.filter((tile) => !tile.isLoading).length;
    progress.style.width = done === tiles.length ? "0" : `${Math.max(4, (100 * done) / tiles.length)}%`;
  };
  const look = (): void => void (frame ||= requestAnimationFrame(draw));
  return {
    look,
    debug(isOn) {
      isDebug = isOn;
      look();
    },
    close: () => cancelAnimationFrame(frame),
  };
}
