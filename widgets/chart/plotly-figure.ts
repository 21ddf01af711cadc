import { isPlainObject } from "../plain-object.ts";

/** A figure as plotly.js takes it; only what is read here is typed (plotly.com/javascript/reference). */
export interface PlotlyFigure {
  data: PlotlyTrace[];
  layout?: PlotlyLayout;
  config?: Record<string, unknown>;
  frames?: unknown[];
}

export type PlotlyTrace = { type?: string; name?: string; [attribute: string]: unknown };
export type PlotlyLayout = Record<string, unknown>;

/** The trace types that plotly.js knows. */
const traceTypes = new Set(
  (
    "bar barpolar box candlestick carpet choropleth choroplethmap choroplethmapbox cone contour contourcarpet " +
    "densitymap densitymapbox funnel funnelarea heatmap heatmapgl histogram histogram2d histogram2dcontour " +
    "icicle image indicator isosurface mesh3d ohlc parcats parcoords pie pointcloud sankey scatter scatter3d " +
    "scattercarpet scattergeo scattergl scattermap scattermapbox scatterpolar scatterpolargl scattersmith " +
    "scatterternary splom streamtube sunburst surface table treemap violin volume waterfall"
  ).split(" "),
);

/**
 * Whether a value is a Plotly figure: a list of traces whose types plotly.js knows, or, beside a layout, of traces
 * that leave their type out.
 */
export function isPlotlyFigure(value: unknown): value is PlotlyFigure {
  if (typeof value !== "object" || value === null) return false;
  const { data, layout } = value as { data?: unknown; layout?: unknown };
  if (!Array.isArray(data) || data.length === 0) return false;
  if (layout !== undefined && !isPlainObject(layout)) return false;
  return data.every((trace: unknown) => {
    if (!isPlainObject(trace)) return false;
    if (typeof trace.type === "string") return traceTypes.has(trace.type);
    return trace.type === undefined && layout !== undefined && ("x" in trace || "y" in trace);
  });
}

/**
 * A figure as plain JSON, as its mime type wants it: typed arrays and Arrow vectors become arrays, dates ISO text,
 * bigints numbers where that is exact and text where not, NaN and infinities null. A title in the layout that is bare
 * text becomes `{ text }`: plotly.js 3 and later leave the short form out.
 */
export function plainFigure({ data, layout = {}, config, frames }: PlotlyFigure): Record<string, unknown> {
  return plain({ data, layout: withTitles(layout), ...(config && { config }), ...(frames && { frames }) }) as Record<
    string,
    unknown
  >;
}

function withTitles(layout: PlotlyLayout): PlotlyLayout {
  const titled = (part: PlotlyLayout) =>
    typeof part["title"] === "string" ? { ...part, title: { text: part["title"] } } : part;
  const axes = Object.entries(layout).filter(([name, part]) => /^[xyz]axis\d*$/.test(name) && isPlainObject(part));
  return titled({ ...layout, ...Object.fromEntries(axes.map(([name, axis]) => [name, titled(axis as PlotlyLayout)])) });
}

/** Any list in a trace as an array; undefined where the value is no list.. */
export function listOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  if (typeof value !== "object" || value === null) return undefined;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as ArrayLike<unknown>);
  if (isVector(value)) return Array.from({ length: value.length }, (_, i) => value.get(i));
  return undefined;
}

function isVector(value: object): value is { length: number; get(index: number): unknown } {
  const { length, get, type } = value as { length?: unknown; get?: unknown; type?: unknown };
  return typeof length === "number" && typeof get === "function" && type !== undefined;
}

function plain(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== "object") return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Float32Array) return Array.from(value, (each) => plain(Number(each.toPrecision(8))));
  const list = listOf(value);
  if (list) return list.map((each) => plain(each) ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
