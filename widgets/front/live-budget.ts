/** A widget that draws with WebGL, as the budget sees it. */
export interface LiveWidget {
  isVisible(): boolean;
  /** Leaves its picture in its place and gives its context back. */
  freeze(): void;
}

/** Chromium keeps 16 contexts on a page and takes the oldest away silently; others on the page need some too. */
const mostLive = 8;

/** Those that are live, the one seen longest ago first. */
const live = new Set<LiveWidget>();

/**
 * Asks for a place among the live widgets; where there are too many the one that was out of view longest gives its
 * own.
 * @returns false where all are in view
 */
export function takePlace(widget: LiveWidget): boolean {
  if (live.size >= mostLive) {
    const hidden = [...live].find((each) => !each.isVisible());
    if (!hidden) return false;
    live.delete(hidden);
    hidden.freeze();
  }
  live.add(widget);
  return true;
}

/** Has been in view just now. */
export function keepPlace(widget: LiveWidget): void {
  if (live.delete(widget)) live.add(widget);
}

export function givePlace(widget: LiveWidget): void {
  live.delete(widget);
}
