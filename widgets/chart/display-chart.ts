import { escapeHtml, grouped } from "../html.ts";
import type { MimeBundle } from "../mime-bundle.ts";
import { loadCanvas } from "../picture/canvas.ts";
import { encodePicture } from "../picture/encode-picture.ts";
import { figureHtml } from "../picture/figure-html.ts";
import { textOf } from "./axis.ts";
import { chartRatio, drawChart } from "./draw-chart.ts";
import { listOf, plainFigure } from "./plotly-figure.ts";
import type { PlotlyFigure, PlotlyTrace } from "./plotly-figure.ts";

export const plotlyMime = "application/vnd.plotly.v1+json";

const cartesian = new Set(["scatter", "scattergl", "bar", "histogram", "heatmap"]);

/**
 * Shows a Plotly figure: its own mime type for front ends that draw it live, and a still picture for all others.
 * Where a trace is of a type that we do not draw, the HTML says so in the picture's place.
 */
export async function displayChart(figure: PlotlyFigure): Promise<MimeBundle> {
  const title = textOf(figure.layout?.title);
  const text = `Chart${title ? `: ${title}` : ""} (${describe(figure.data)})`;
  const live = { [plotlyMime]: plainFigure(figure) };
  const reason = whyNotDrawn(figure);
  if (reason !== undefined) {
    const html = `<p><b>${escapeHtml(title || "Chart")}</b><br>${escapeHtml(reason)}</p>`;
    return { data: { ...live, "text/html": html, "text/plain": `${text}. ${reason}` }, metadata: {} };
  }
  const canvasModule = await loadCanvas();
  const picture = await encodePicture(canvasModule, drawChart(canvasModule, figure), chartRatio);
  const caption = leftOut(figure.layout ?? {});
  return {
    data: {
      ...live,
      "text/html": figureHtml(picture, { alt: text, caption }),
      "image/png": picture.small.toString("base64"),
      "text/plain": text,
    },
    metadata: { "image/png": { width: picture.width, height: picture.height } },
  };
}

function whyNotDrawn({ data }: PlotlyFigure): string | undefined {
  const live = "It shows where the front end draws Plotly figures itself.";
  const types = [...new Set(data.map(({ type = "scatter" }) => type))];
  const unknown = types.filter((type) => !cartesian.has(type) && type !== "pie");
  if (unknown.length > 0) return `A still picture is not drawn for traces of type ${unknown.join(", ")}. ${live}`;
  if (types.includes("pie") && types.length > 1)
    return `A still picture is not drawn for pies beside other traces. ${live}`;
  const isSecond = (trace: PlotlyTrace) =>
    [trace.xaxis, trace.yaxis].some((axis) => typeof axis === "string" && /\d/.test(axis));
  if (data.some(isSecond)) return `A still picture is not drawn for more than one pair of axes. ${live}`;
  if (data.some((trace) => ["x", "y", "z", "values"].some((key) => isEncoded(trace[key])))) {
    return `A still picture is not drawn for data in base64 ("bdata"). ${live}`;
  }
  return undefined;
}

function isEncoded(value: unknown): boolean {
  return typeof value === "object" && value !== null && "bdata" in value;
}

function leftOut(layout: Record<string, unknown>): string[] {
  const parts = ["annotations", "shapes", "images"].filter((key) => (listOf(layout[key])?.length ?? 0) > 0);
  return parts.length > 0 ? [`Not in the still picture: ${parts.join(", ")}.`] : [];
}

/** `2 scatter traces of 365 points, 1 bar trace of 12 points`. */
function describe(data: PlotlyTrace[]): string {
  const groups = new Map<string, { traces: number; points: number }>();
  for (const trace of data) {
    const { type = "scatter", x, y, z, values } = trace;
    const group = groups.get(type) ?? { traces: 0, points: 0 };
    group.traces++;
    group.points += (listOf(z) ?? listOf(y) ?? listOf(x) ?? listOf(values) ?? []).length;
    groups.set(type, group);
  }
  const parts = [...groups].map(([type, { traces, points }]) => {
    const what = type === "heatmap" ? "rows" : "points";
    return `${traces === 1 ? type : `${traces} ${type} traces`}, ${grouped(points)} ${what}`;
  });
  return parts.join("; ");
}
