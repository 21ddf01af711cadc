import type { WebMercatorViewport } from "@deck.gl/core";
import { element } from "./element.ts";
import { numberText } from "./legend-box.ts";
import type { DeckTile } from "./udf-tile-layer.ts";

export interface OverlayActions {
  explain(tile: DeckTile): void;
}

/** Draws, over the tiles of a layer, what is no picture: errors, texts, and with `isDebug` numbers and times. */
export function drawOverlay(
  place: HTMLElement,
  tiles: DeckTile[],
  viewport: WebMercatorViewport,
  isDebug: boolean,
  { explain }: OverlayActions,
): void {
  const made: HTMLElement[] = [];
  for (const tile of tiles) {
    const result = tile.content;
    const isError = result?.status === "error";
    const text = result?.content?.media === "text" ? result.content.text : undefined;
    if (!isDebug && !isError && text === undefined) continue;
    const [[west, south], [east, north]] = tile.boundingBox;
    for (const copy of [0, -360, 360]) {
      const [left, top] = viewport.project([west + copy, north]) as [number, number];
      const [right, bottom] = viewport.project([east + copy, south]) as [number, number];
      if (right < 0 || left > viewport.width || bottom < 0 || top > viewport.height) continue;
      const box = element("div", {
        className: `tile${isDebug ? " debug" : ""}${isError ? " error" : ""}${text === undefined ? "" : " text"}`,
      });
      box.style.cssText = `left: ${left}px; top: ${top}px; width: ${right - left}px; height: ${bottom - top}px;`;
      if (isError) {
        const onclick = () => explain(tile);
        box.append(
          element("button", { type: "button", onclick, title: "Show the error" }, result.error?.message ?? "error"),
        );
      } else if (text !== undefined) box.append(text);
      if (isDebug) box.append(element("span", {}, debugText(tile)));
      made.push(box);
    }
  }
  place.replaceChildren(...made);
}

function debugText({ index: { z, x, y }, content, isLoading }: DeckTile): string {
  const head = `${z}/${x}/${y}`;
  if (!content) return `${head}\n${isLoading ? "…" : "–"}`;
  const { ms, cache, bytes, status } = content;
  const size = bytes > 0 ? ` ${numberText(Math.round(bytes / 1024))} KB` : "";
  const times =
    cache === "memory" ? "" : `\nqueue ${Math.round(ms.queue)} run ${Math.round(ms.run)} enc ${Math.round(ms.encode)}`;
  return `${head}${isLoading ? " …" : ""}\n${Math.round(ms.total)} ms${size}${status === "empty" ? " empty" : ""}${times}${cache ? `\n${cache} cache` : ""}`;
}
