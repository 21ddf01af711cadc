import type { TimeSpec } from "../map-spec.ts";
import { element } from "./element.ts";
import { numberText } from "./legend-box.ts";

/** From one end to the other, played; milliseconds. */
const wholePlay = 12_000;
/** Who wants no animation sees ten still pictures, and a parameter is set no more often than this; milliseconds. */
const pause = 1_200;
const day = 86_400_000;

/**
 * The slider of time with its play button; `moved` hears where it stands.
 * @param isWhole it says that all is shown until it is moved
 */
export function timeBar(
  place: HTMLElement,
  spec: TimeSpec,
  at: number,
  { isStill, isWhole, moved }: { isStill: boolean; isWhole: boolean; moved(at: number): void },
): { close(): void } {
  const { from, to, step, window, isDate, field, parameter } = spec;
  const name = parameter ?? field ?? "time";
  const slider = element("input", {
    type: "range",
    min: String(from),
    max: String(to),
    step: String(step),
    "aria-label": `Time: ${name}`,
  });
  const label = element("output", {});
  const button = element("button", { type: "button" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;
  let current = at;

  const textOf = (time: number): string => {
    if (!isDate) return numberText(Number(time.toPrecision(8)));
    const text = new Date(time).toISOString();
    return to - from > 3 * day ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
  };
  const show = (next: number): void => {
    current = Math.max(from, Math.min(to, next));
    slider.value = String(current);
    const start = isWhole ? from : Math.max(from, current - (window ?? 0));
    const text = window === undefined ? textOf(current) : `${textOf(start)} – ${textOf(current)}`;
    label.textContent = parameter === undefined && window === undefined ? `to ${text}` : text;
    slider.setAttribute("aria-valuetext", label.textContent);
    moved(current);
    isWhole = false;
  };
  const isPlaying = (): boolean => timer !== undefined || frame !== 0;
  const face = (): void => {
    button.textContent = isPlaying() ? "❚❚" : "▶";
    button.title = isPlaying() ? "Pause" : `Play ${name}`;
    button.setAttribute("aria-label", button.title);
  };
  const stop = (): void => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    timer = undefined;
    frame = 0;
    face();
  };
  const play = (): void => {
    if (current >= to) show(from);
    const steps = (by: number): void => {
      timer = setTimeout(() => {
        show(current + by);
        if (current >= to) stop();
        else steps(by);
      }, pause);
    };
    if (isStill) steps((to - from) / 10);
    else if (parameter !== undefined) steps(Math.max(step, (to - from) / 20));
    else {
      let since = performance.now();
      const run = (now: number): void => {
        show(current + ((to - from) * Math.max(0, now - since)) / wholePlay);
        since = now;
        if (current >= to) stop();
        else frame = requestAnimationFrame(run);
      };
      frame = requestAnimationFrame(run);
    }
    face();
  };
  button.onclick = () => (isPlaying() ? stop() : play());
  slider.oninput = () => {
    stop();
    show(Number(slider.value));
  };
  place.replaceChildren(button, slider, label);
  face();
  show(at);
  return {
    close() {
      stop();
      place.replaceChildren();
    },
  };
}
