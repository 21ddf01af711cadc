import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { scriptJson } from "./script-json.ts";

interface Figure {
  data: { type?: string }[];
  layout?: Record<string, unknown>;
  frames?: unknown[];
}

/** The traces of plotly.js' cartesian bundle (1.5 MB instead of 4.8). */
const cartesian = new Set(
  "scatter bar box heatmap histogram histogram2d histogram2dcontour contour image pie violin scatterternary".split(" "),
);

/** Traces that fetch outlines or map tiles from the network when they draw. */
const needsNetwork =
  /^(?:scattergeo|choropleth|scattermap|choroplethmap|densitymap|scattermapbox|choroplethmapbox|densitymapbox)$/;

/** A plotly.js figure that can be drawn without a network; undefined for anything else. */
export function drawableFigure(value: unknown): Figure | undefined {
  const data = (value as Partial<Figure> | null)?.data;
  if (!Array.isArray(data)) return undefined;
  return data.some((trace) => needsNetwork.test(trace?.type ?? "")) ? undefined : (value as Figure);
}

/** The charts of one page: each is a place with its figure, and the library stands on the page once, if at all. */
export function chartCollector(): { add(figure: Figure): string; library(): string } {
  let count = 0;
  let bundle: "plotly.js-cartesian-dist-min/plotly-cartesian.min.js" | "plotly.js-dist-min/plotly.min.js" =
    "plotly.js-cartesian-dist-min/plotly-cartesian.min.js";
  return {
    add({ data, layout = {}, frames }) {
      count += 1;
      if (data.some((trace) => !cartesian.has(trace.type ?? "scatter"))) bundle = "plotly.js-dist-min/plotly.min.js";
      const height = typeof layout.height === "number" ? layout.height : 450;
      return (
        `<div class="chart" style="min-height:${height}px"></div>` +
        `<script type="application/json" class="figure">${scriptJson({ data, layout, frames })}</script>`
      );
    },
    library() {
      if (count === 0) return "";
      const source = readFileSync(createRequire(import.meta.url).resolve(bundle), "utf8");
      return `<script>${source.replace(/<\/script/gi, "<\\/script")}</script>\n<script>${drawCharts}</script>`;
    },
  };
}

const drawCharts = `
for (const element of document.querySelectorAll(".chart")) {
  const { data, layout, frames } = JSON.parse(element.nextElementSibling.textContent);
  const options = { responsive: true, displaylogo: false };
  Plotly.newPlot(element, { data, layout, frames, config: options }).catch((error) => {
    element.textContent = "This chart could not be drawn: " + error.message;
  });
}`;
