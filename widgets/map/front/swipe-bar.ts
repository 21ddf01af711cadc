import { element } from "./element.ts";

/** The part of the map's width that is left of the bar, 0 to 1. */
export interface SwipeBar {
  readonly at: number;
  close(): void;
}

/** A bar that is dragged, or moved with the arrow keys. */
export function swipeBar(
  before: HTMLElement,
  root: HTMLElement,
  names: [left: string, right: string],
  start: number,
  moved: (at: number) => void,
): SwipeBar {
  let at = start;
  const bar = element(
    "div",
    {
      className: "swipe",
      role: "slider",
      tabIndex: 0,
      "aria-label": `Between ${names[0]} and ${names[1]}`,
      "aria-orientation": "horizontal",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    },
    element("span", { className: "left" }, names[0]),
    element("span", { className: "right" }, names[1]),
    element("i", {}, "⇔"),
  );
  const show = (next: number): void => {
    at = Math.max(0, Math.min(1, next));
    bar.style.left = `${100 * at}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(100 * at)));
    moved(at);
  };
  bar.onpointerdown = (event) => {
    bar.setPointerCapture(event.pointerId);
    event.preventDefault();
    bar.focus();
  };
  bar.onpointermove = (event) => {
    if (!bar.hasPointerCapture(event.pointerId)) return;
    const { left, width } = root.getBoundingClientRect();
    show((event.clientX - left) / width);
  };
  bar.onkeydown = (event) => {
    const step = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1 }[event.key];
    if (step === undefined && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    show(event.key === "Home" ? 0 : event.key === "End" ? 1 : at + step!);
  };
  before.before(bar);
  show(start);
  return {
    get at() {
      return at;
    },
    close: () => bar.remove(),
  };
}
