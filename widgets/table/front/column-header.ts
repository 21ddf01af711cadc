import type { ColumnSpec, ColumnSummary, Condition, SortStep } from "../table-spec.ts";

const svg = "http://www.w3.org/2000/svg";
const size = { width: 116, height: 30 };

/** The head of one column: name, type, sort arrow, and what the column holds. */
export interface ColumnHeader {
  element: HTMLElement;
  showSort(steps: readonly SortStep[]): void;
  showSummary(summary: ColumnSummary): void;
  setLive(isLive: boolean): void;
}

export interface HeaderActions {
  /** @param add keeps the columns that are sorted by already */
  sort(column: number, add: boolean): void;
  filter(condition: Condition): void;
  openFilter(column: number, at: HTMLElement): void;
}

export function columnHeader(column: number, spec: ColumnSpec, rowCount: number, actions: HeaderActions): ColumnHeader {
  const element = document.createElement("div");
  element.className = "fk-head";
  const top = document.createElement("div");
  top.className = "fk-head-top";
  const sort = document.createElement("button");
  sort.type = "button";
  sort.className = "fk-sort";
  sort.title = `${spec.name}: sort (with Shift: after the other columns)`;
  const name = document.createElement("span");
  name.textContent = spec.name;
  const arrow = document.createElement("span");
  arrow.className = "fk-arrow";
  sort.append(name, arrow);
  sort.addEventListener("click", (event) => actions.sort(column, event.shiftKey));
  const filter = document.createElement("button");
  filter.type = "button";
  filter.className = "fk-funnel";
  filter.title = `Filter ${spec.name}`;
  filter.setAttribute("aria-label", filter.title);
  filter.append(funnel());
  filter.addEventListener("click", () => actions.openFilter(column, filter));
  top.append(sort, filter);
  const type = document.createElement("div");
  type.className = "fk-type";
  type.textContent = spec.type;
  const picture = document.createElement("div");
  picture.className = "fk-summary";
  element.append(top, type, picture);

  return {
    element,
    showSort(steps) {
      const place = steps.findIndex((step) => step.column === column);
      const step = steps[place];
      arrow.textContent = step ? `${step.descending ? "▼" : "▲"}${steps.length > 1 ? place + 1 : ""}` : "";
      const state = step ? (step.descending ? "descending" : "ascending") : "none";
      element.closest("th")?.setAttribute("aria-sort", state);
      sort.setAttribute("aria-label", `${spec.name}, ${spec.type}, ${step ? `sorted ${state}` : "not sorted"}`);
    },
    showSummary(summary) {
      const { nulls, distinct } = summary;
      const share = rowCount > 0 ? nulls / rowCount : 0;
      type.textContent = spec.type;
      if (nulls > 0) {
        const mark = document.createElement("button");
        mark.type = "button";
        mark.className = "fk-nulls";
        mark.textContent = `${percent(share)} null`;
        mark.title = `${nulls.toLocaleString("en-US")} nulls: show only these`;
        mark.addEventListener("click", () => actions.filter({ column, op: "null" }));
        type.append(" ", mark);
      }
      if (summary.bins) picture.replaceChildren(histogram(summary, spec, actions));
      else if (summary.top && summary.top.length > 0) picture.replaceChildren(bars(summary, rowCount, actions));
      else picture.replaceChildren();
      if (distinct !== undefined)
        picture.title = `${summary.sampled ? "about " : ""}${distinct.toLocaleString("en-US")} different values`;
    },
    setLive(isLive) {
      sort.disabled = !isLive;
      filter.hidden = !isLive;
      picture.hidden = !isLive && !picture.hasChildNodes();
    },
  };
}

const percent = (share: number): string => (share < 0.01 ? "<1 %" : `${Math.round(share * 100)} %`);

function funnel(): SVGElement {
  const made = document.createElementNS(svg, "svg");
  made.setAttribute("viewBox", "0 0 12 12");
  made.setAttribute("width", "11");
  made.setAttribute("height", "11");
  const path = document.createElementNS(svg, "path");
  path.setAttribute("d", "M1 2h10L7.2 6.6V11L4.8 9.6V6.6z");
  path.setAttribute("fill", "currentColor");
  made.append(path);
  return made;
}

/** Bars of equal width; dragging over them filters. */
function histogram(
  { column, bins = [], min = 0, max = 0 }: ColumnSummary,
  spec: ColumnSpec,
  actions: HeaderActions,
): Node {
  const made = document.createElementNS(svg, "svg");
  made.setAttribute("width", String(size.width));
  made.setAttribute("height", String(size.height + 11));
  made.setAttribute("class", "fk-bins");
  made.setAttribute("role", "img");
  const [from, to] = [limitText(min, spec), limitText(max, spec)];
  made.setAttribute("aria-label", `${spec.name} from ${from} to ${to}`);
  const most = Math.max(...bins);
  const width = size.width / bins.length;
  bins.forEach((count, i) => {
    const height = count === 0 ? 0 : Math.max(1, (count / most) * size.height);
    const bar = rectangle(i * width, size.height - height, Math.max(1, width - 1), height, "fk-bar");
    made.append(bar);
  });
  made.append(label(from, 0, "start"));
  // Two dates do not fit beside one another where they are written out.
  if (to !== from && from.length + to.length < 20) made.append(label(to, size.width, "end"));
  else if (to !== from) made.append(label(`– ${to}`, size.width + 14, "end"));
  const mark = rectangle(0, 0, 0, size.height, "fk-brush");
  made.append(mark);
  const valueAt = (x: number): number => min + (Math.min(size.width, Math.max(0, x)) / size.width) * (max - min);
  let start: number | undefined;
  const xOf = (event: PointerEvent): number => event.clientX - made.getBoundingClientRect().left;
  made.addEventListener("pointerdown", (event) => {
    start = xOf(event);
    made.setPointerCapture(event.pointerId);
    event.stopPropagation();
    event.preventDefault();
  });
  made.addEventListener("pointermove", (event) => {
    const x = xOf(event);
    const bin = Math.min(bins.length - 1, Math.max(0, Math.floor(x / width)));
    const step = (max - min) / bins.length;
    const [a, b] = [limitText(min + bin * step, spec), limitText(min + (bin + 1) * step, spec)];
    made.parentElement!.title = `${a} to ${b}: ${bins[bin]!.toLocaleString("en-US")}`;
    if (start === undefined) return;
    mark.setAttribute("x", String(Math.min(start, x)));
    mark.setAttribute("width", String(Math.abs(x - start)));
  });
  made.addEventListener("pointerup", (event) => {
    if (start === undefined) return;
    const [a, b] = [Math.min(start, xOf(event)), Math.max(start, xOf(event))];
    start = undefined;
    mark.setAttribute("width", "0");
    // A click takes the bar that is under it.
    const [low, high] = b - a < 3 ? [Math.floor(a / width) * width, (Math.floor(a / width) + 1) * width] : [a, b];
    actions.filter({ column, op: "range", min: valueAt(low), max: valueAt(high), closed: high >= size.width });
  });
  return made;
}

/** The most frequent values and their shares; a click filters. */
function bars({ column, top = [], distinct = 0 }: ColumnSummary, rowCount: number, actions: HeaderActions): Node {
  const list = document.createElement("div");
  list.className = "fk-top";
  for (const { value, count } of distinct > 3 && top[0]!.count <= 1 ? [] : top.slice(0, 3)) {
    const bar = document.createElement("button");
    bar.type = "button";
    bar.className = "fk-value";
    bar.style.setProperty("--share", `${(100 * count) / Math.max(1, rowCount)}%`);
    bar.title = `${String(value)}: ${count.toLocaleString("en-US")} rows. Show only these`;
    const text = document.createElement("span");
    text.textContent = String(value) === "" ? "(empty)" : String(value);
    const number = document.createElement("span");
    number.textContent = percent(count / Math.max(1, rowCount));
    bar.append(text, number);
    bar.addEventListener("click", () => actions.filter({ column, op: "in", values: [value] }));
    list.append(bar);
  }
  if (list.childElementCount === 0) {
    list.className = "fk-distinct";
    list.textContent = `${compact(distinct)} different`;
  }
  return list;
}

function rectangle(x: number, y: number, width: number, height: number, name: string): SVGElement {
  const made = document.createElementNS(svg, "rect");
  for (const [key, value] of Object.entries({ x, y, width, height })) made.setAttribute(key, value.toFixed(2));
  made.setAttribute("class", name);
  return made;
}

function label(text: string, x: number, anchor: string): SVGElement {
  const made = document.createElementNS(svg, "text");
  made.setAttribute("x", String(x));
  made.setAttribute("y", String(size.height + 9.5));
  made.setAttribute("text-anchor", anchor);
  made.textContent = text;
  return made;
}

/** A limit of a column in few letters. */
export function limitText(value: number, { kind, type }: ColumnSpec): string {
  if (kind !== "time") return compact(value);
  if (type.startsWith("time[")) return new Date(value).toISOString().slice(11, 19);
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? compact(value) : date.toISOString().slice(0, 10);
}

const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 4 });
const exact = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4, useGrouping: false });

function compact(value: number): string {
  return Math.abs(value) >= 10_000 ? short.format(value) : exact.format(value);
}
