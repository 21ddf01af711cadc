import { element } from "./element.ts";
import { numberText } from "./legend-box.ts";

/** Properties that a tooltip shows where the layer names none (fused-spec.md 22.4). */
const mostShown = 8;

/** Rows of a tooltip: names and values. */
export type TooltipRows = [name: string, value: unknown][];

/** Shows rows beside a place on the map, in CSS pixels; no rows hide it. */
export function showTooltip(place: HTMLElement, rows: TooltipRows, x: number, y: number): void {
  place.hidden = rows.length === 0;
  if (place.hidden) return;
  const shown = rows.slice(0, mostShown);
  const lines = shown.map(([name, value]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, valueText(value))),
  );
  const more = rows.length - shown.length;
  if (more > 0) lines.push(element("tr", {}, element("th", {}, `${more} more`), element("td")));
  place.replaceChildren(element("table", {}, ...lines));
  const { offsetWidth: width, offsetHeight: height } = place;
  const box = place.parentElement!;
  const left = x + 14 + width > box.clientWidth ? x - width - 10 : x + 14;
  const top = Math.max(4, Math.min(y + 10, box.clientHeight - height - 4));
  place.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "number" ? numberText(value) : String(value).slice(0, 200);
}
