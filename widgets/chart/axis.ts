import { scaleLinear, scaleLog, scaleUtc } from "d3-scale";
import { format as d3Format } from "d3-format";
import type { PlotlyLayout } from "./plotly-figure.ts";

export type AxisKind = "linear" | "log" | "date" | "category";

/** How values of one axis become coordinates: numbers, milliseconds, or the place in the list of categories. */
export interface AxisValues {
  kind: AxisKind;
  categories: string[];
  /** Undefined where a value has no place on the axis. */
  coordinate(value: unknown): number | undefined;
}

export interface Axis extends AxisValues {
  title: string;
  /** Pixels of a coordinate. */
  pixel(coordinate: number): number;
  domain: [number, number];
  ticks: { at: number; label: string }[];
  grid: boolean;
}

const isoDate = /^\d{4}-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?)?)?$/;

/** Settles what an axis measures, from its layout or else from the values on it, as plotly.js does. */
export function axisValues(values: unknown[], layout: PlotlyLayout): AxisValues {
  const kind = kindOf(values, layout.type);
  const categories: string[] = [];
  const places = new Map<string, number>();
  if (kind === "category") {
    const given = Array.isArray(layout.categoryarray) ? (layout.categoryarray as unknown[]) : [];
    for (const value of [...given, ...values]) {
      if (value === null || value === undefined || places.has(String(value))) continue;
      places.set(String(value), categories.length);
      categories.push(String(value));
    }
  }
  const coordinate = (value: unknown): number | undefined => {
    if (value === null || value === undefined || value === "") return undefined;
    if (kind === "category") return places.get(String(value));
    const number = kind === "date" ? millisecondsOf(value) : Number(value);
    return Number.isFinite(number) && (kind !== "log" || number > 0) ? number : undefined;
  };
  return { kind, categories, coordinate };
}

function kindOf(values: unknown[], type: unknown): AxisKind {
  if (type === "linear" || type === "log" || type === "date" || type === "category") return type;
  const present = values.filter((value) => value !== null && value !== undefined && value !== "").slice(0, 1000);
  const isDate = (value: unknown) => value instanceof Date || (typeof value === "string" && isoDate.test(value));
  if (present.length > 0 && present.every(isDate)) return "date";
  const isNumber = (value: unknown) =>
    typeof value !== "object" && typeof value !== "boolean" && !Number.isNaN(Number(value));
  return present.every(isNumber) ? "linear" : "category";
}

/** A date without a zone is taken as UTC, as plotly.js does. */
function millisecondsOf(value: unknown): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === "number") return value;
  const text = String(value).replace(" ", "T");
  return Date.parse(/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes("T") ? text : `${text}Z`);
}

/**
 * Scales an axis between two pixels.
 * @param extent the least and the greatest coordinate on it, margins included; the layout's own range goes before
 * @param spacing pixels that a tick's label wants for itself
 */
export function scaleAxis(
  values: AxisValues,
  layout: PlotlyLayout,
  extent: [number, number],
  [start, end]: [number, number],
  spacing: number,
): Axis {
  const domain = domainOf(values, layout, extent);
  const count = Math.max(2, Math.floor(Math.abs(end - start) / spacing));
  const common = { ...values, title: textOf(layout.title), domain, grid: layout.showgrid !== false };
  if (values.kind === "category") {
    const pixel = scaleLinear(domain, [start, end]);
    const every = Math.ceil(values.categories.length / Math.max(2, Math.floor(Math.abs(end - start) / 14)));
    const ticks = values.categories.map((label, at) => ({ at, label })).filter(({ at }) => at % every === 0);
    return { ...common, pixel, ticks: labelled(ticks, layout), grid: layout.showgrid === true };
  }
  if (values.kind === "date") {
    const scale = scaleUtc(domain, [start, end]);
    const dates = scale.ticks(count);
    const labels = dateLabels(dates);
    const ticks = dates.map((date, i) => ({ at: date.getTime(), label: labels[i]! }));
    return { ...common, pixel: (at) => scale(at), ticks: labelled(ticks, layout) };
  }
  const scale = values.kind === "log" ? scaleLog(domain, [start, end]) : scaleLinear(domain, [start, end]);
  const name = numberFormat(layout.tickformat) ?? defaultFormat(values.kind, domain, count);
  const numbers = values.kind === "log" ? logTicks(domain, count) : scale.ticks(count);
  return {
    ...common,
    pixel: scale,
    ticks: labelled(
      numbers.map((at) => ({ at, label: name(at) })),
      layout,
    ),
  };
}

const day = 24 * 3_600_000;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As short as their distance allows; the first one, and the first of a year or a day, also say which that is. */
function dateLabels(dates: Date[]): string[] {
  const step = dates.length > 1 ? dates[1]!.getTime() - dates[0]!.getTime() : day;
  return dates.map((date, i) => {
    const [year, month] = [String(date.getUTCFullYear()), months[date.getUTCMonth()]!];
    const isFirst = i === 0;
    if (step > 360 * day) return year;
    if (step > 27 * day) return isFirst || month === "Jan" ? `${month} ${year}` : month;
    const dayOfMonth = `${month} ${date.getUTCDate()}`;
    if (step >= day) return isFirst ? `${dayOfMonth}, ${year}` : dayOfMonth;
    const clock = date.toISOString().slice(11, step < 1000 ? 23 : step < 60_000 ? 19 : 16);
    return isFirst || date.getTime() % day === 0 ? `${dayOfMonth}, ${clock}` : clock;
  });
}

function domainOf(values: AxisValues, layout: PlotlyLayout, extent: [number, number]): [number, number] {
  let [from, to] = extent;
  if (Array.isArray(layout.range) && layout.range.length === 2) {
    const [first, last] = (layout.range as unknown[]).map((each) =>
      values.kind === "log" ? 10 ** Number(each) : values.kind === "category" ? Number(each) : values.coordinate(each),
    );
    if (first !== undefined && last !== undefined && first !== last) return [first, last];
  }
  if (from === to) [from, to] = values.kind === "log" ? [from / 2, to * 2] : [from - 0.5, to + 0.5];
  return layout.autorange === "reversed" ? [to, from] : [from, to];
}

function labelled(ticks: { at: number; label: string }[], layout: PlotlyLayout): { at: number; label: string }[] {
  if (layout.showticklabels === false) return ticks.map(({ at }) => ({ at, label: "" }));
  const { tickvals, ticktext, tickprefix = "", ticksuffix = "" } = layout;
  if (Array.isArray(tickvals) && tickvals.every((each) => typeof each === "number")) {
    return tickvals.map((at: number, i) => ({
      at,
      label: Array.isArray(ticktext) ? String(ticktext[i] ?? at) : String(at),
    }));
  }
  return ticks.map(({ at, label }) => ({ at, label: `${String(tickprefix)}${label}${String(ticksuffix)}` }));
}

function numberFormat(pattern: unknown): ((value: number) => string) | undefined {
  if (typeof pattern !== "string" || pattern === "") return undefined;
  try {
    return d3Format(pattern);
  } catch {
    return undefined;
  }
}

function defaultFormat(kind: AxisKind, [from, to]: [number, number], count: number): (value: number) => string {
  const size = Math.max(Math.abs(from), Math.abs(to));
  if (kind === "log") return (value) => (value >= 1e-3 && value < 1e6 ? d3Format(",")(value) : d3Format("~e")(value));
  if (size >= 1e6) return d3Format("~s");
  if (size < 1e-4) return d3Format("~e");
  return scaleLinear([from, to], [0, 1]).tickFormat(count);
}

function logTicks([from, to]: [number, number], count: number): number[] {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const factors = last - first <= 1 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : last - first <= count / 2 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil((last - first) / count));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += every) for (const factor of factors) ticks.push(factor * 10 ** power);
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** A title is a text or `{ text }`; its line breaks and tags are left out. */
export function textOf(title: unknown): string {
  const text = typeof title === "object" && title !== null ? (title as { text?: unknown }).text : title;
  if (typeof text !== "string" && typeof text !== "number") return "";
  return String(text)
    .replace(/<br\s*\/?>/gi, " ")
    .replace(/<[^>]*>/g, "");
}
