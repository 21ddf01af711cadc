import { bandLook } from "./band-image.ts";
import { element } from "./element.ts";
import type { LayerState } from "./layer-state.ts";
import { rampOf } from "../palette.ts";

/** Draws what the colours of the visible layers mean. */
export function drawLegend(place: HTMLElement, layers: LayerState[]): void {
  const parts: HTMLElement[] = [];
  const titles = layers.flatMap(({ visible, media, legend }) =>
    visible && media === "features" && legend ? legend.title : [],
  );
  for (const layer of [...layers].reverse()) {
    if (!layer.visible) continue;
    const { content, media, seen, style } = layer;
    if (media === "numbers") {
      const own = content?.media === "numbers" ? content.head : layer.head;
      const look = bandLook(style, own ?? { media: "numbers", dtype: "float32", width: 1, height: 1 }, seen);
      parts.push(...ramp(numbersTitle(layer), rampOf(look.palette), look.domain, [false, false]));
    }
    if (media !== "features" || !layer.legend) continue;
    const { legend } = layer;
    // Two layers by the same property are told apart by their names.
    const isShared = titles.filter((each) => each === legend.title).length > 1;
    const title = isShared ? `${layer.spec.name}: ${legend.title}` : legend.title;
    if (legend.kind === "ramp") {
      const domain = style.domain ?? seen ?? legend.domain;
      parts.push(...ramp(title, legend.ramp, domain, legend.isCut));
    } else {
      parts.push(element("h4", {}, title));
      for (const [label, colour] of legend.entries) {
        const swatch = element("i");
        swatch.style.background = colour;
        parts.push(element("div", { className: "category" }, swatch, label.slice(0, 40)));
      }
    }
  }
  place.replaceChildren(...parts);
}

function numbersTitle({ spec, style, isAggregated }: LayerState): string {
  if (!isAggregated) return spec.name;
  return style.colorBy === undefined ? `${spec.name}: log₁₀ of points a pixel` : `mean of ${style.colorBy}`;
}

function ramp(
  title: string,
  colour: (share: number) => string,
  [from, to]: [number, number],
  [below, above]: [boolean, boolean],
): HTMLElement[] {
  const bar = element("div", { className: "ramp" });
  const stops = Array.from({ length: 24 }, (_, i) => colour(i / 23));
  bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
  const ends = element(
    "div",
    { className: "ends" },
    element("span", {}, `${below ? "≤ " : ""}${numberText(from)}`),
    element("span", {}, `${above ? "≥ " : ""}${numberText(to)}`),
  );
  return [element("h4", {}, title), bar, ends];
}

/** A number with the digits that a reader can use. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return value.toExponential(2);
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(6)));
}
