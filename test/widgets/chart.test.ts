import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as arrow from "apache-arrow";
import { displayChart, plotlyMime } from "../../widgets/chart/display-chart.ts";
import { isPlotlyFigure } from "../../widgets/chart/plotly-figure.ts";
import type { PlotlyFigure } from "../../widgets/chart/plotly-figure.ts";
import { axisValues, scaleAxis } from "../../widgets/chart/axis.ts";
import { pictureOf } from "./picture-of.ts";
import type { Rgb } from "./picture-of.ts";
import { assertSurvives, kilobytes } from "./sanitizer.ts";

const blue: Rgb = [31, 119, 180];
const orange: Rgb = [255, 127, 14];
const pictured = async (figure: PlotlyFigure) => pictureOf(await displayChart(figure));

describe("what is a figure", () => {
  test("traces of types that Plotly knows, or beside a layout traces without a type", () => {
    assert(isPlotlyFigure({ data: [{ type: "violin", y: [1] }] }));
    assert(isPlotlyFigure({ data: [{ x: [1], y: [2] }], layout: {} }));
    for (const other of [
      { data: [{ type: "article", id: 1 }] },
      { data: [{ x: [1] }] },
      { data: [] },
      { data: 1 },
      null,
      "x",
    ]) {
      assert(!isPlotlyFigure(other));
    }
  });
});

describe("the live form", () => {
  test("is plain JSON: typed arrays, Arrow vectors, dates, bigints, NaN", async () => {
    const bundle = await displayChart({
      data: [
        {
          type: "scatter",
          x: [new Date("2024-01-01"), new Date("2024-01-02")],
          y: Float32Array.of(0.1, NaN),
          customdata: BigInt64Array.of(1n, 2n ** 60n),
          text: arrow.vectorFromArray(["a", "b"]) as never,
        },
      ],
      layout: { title: { text: "T" } },
    });
    assert.deepEqual(JSON.parse(JSON.stringify(bundle.data[plotlyMime])), {
      data: [
        {
          type: "scatter",
          x: ["2024-01-01T00:00:00.000Z", "2024-01-02T00:00:00.000Z"],
          y: [0.1, null],
          customdata: [1, "1152921504606846976"],
          text: ["a", "b"],
        },
      ],
      layout: { title: { text: "T" } },
    });
  });

  test("titles in their short form, which plotly.js has left behind, are written out", async () => {
    const layout = { title: "T", xaxis: { title: "x", type: "log" }, yaxis2: { title: { text: "y" } }, titlefont: {} };
    const { data } = await displayChart({ data: [{ type: "bar", y: [1] }], layout });
    assert.deepEqual((data[plotlyMime] as { layout: unknown }).layout, {
      title: { text: "T" },
      xaxis: { title: { text: "x" }, type: "log" },
      yaxis2: { title: { text: "y" } },
      titlefont: {},
    });
  });
});

describe("the still form", () => {
  test("bars stand side by side, from zero, each trace in its colour", async () => {
    const picture = await pictured({
      data: [
        { type: "bar", x: ["a", "b"], y: [4, 4] },
        { type: "bar", x: ["a", "b"], y: [2, 4] },
      ],
    });
    assert.deepEqual([picture.width, picture.height], [1440, 800]);
    assert(Math.abs(picture.share(blue) / picture.share(orange) - 4 / 3) < 0.1);
  });

  test("stacked bars reach as high as their sum", async () => {
    const data = [1, 3].map((y) => ({ type: "bar", x: ["a"], y: [y] }));
    const picture = await pictured({ data, layout: { barmode: "stack", showlegend: false } });
    assert(Math.abs(picture.share(orange) / picture.share(blue) - 3) < 0.2);
  });

  test("histogram, heatmap, pie, lines and markers show in their colours", async () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.sin(i) * 3);
    assert((await pictured({ data: [{ type: "histogram", x: values }] })).share(blue) > 0.15);
    const heat = await pictured({
      data: [
        {
          type: "heatmap",
          z: [
            [0, 0],
            [1, 1],
          ],
          colorscale: "Viridis",
        },
      ],
    });
    assert(heat.share([68, 1, 84]) > 0.3 && heat.share([253, 231, 37]) > 0.3);
    const pie = await pictured({ data: [{ type: "pie", labels: ["a", "b"], values: [3, 1] }] });
    assert(Math.abs(pie.share(blue) / pie.share(orange) - 3) < 0.2);
    const line = await pictured({ data: [{ type: "scatter", mode: "lines", y: [1, 2, 3], line: { width: 20 } }] });
    assert(line.share(blue) > 0.03);
    const dots = await pictured({
      data: [{ type: "scatter", mode: "markers", y: [1, 2], marker: { size: 60, color: [0, 1] } }],
    });
    assert(dots.share([68, 1, 84]) > 0.004 && dots.share([253, 231, 37]) > 0.004);
  });

  test("a figure of a type that is not drawn says so, and stays live", async () => {
    const bundle = await displayChart({ data: [{ type: "violin", y: [1, 2] }] });
    assert(bundle.data[plotlyMime]);
    assert.equal(bundle.data["image/png"], undefined);
    assert.match(String(bundle.data["text/html"]), /A still picture is not drawn for traces of type violin\./);
    const second = await displayChart({ data: [{ type: "scatter", y: [1], yaxis: "y2" }] });
    assert.match(String(second.data["text/plain"]), /not drawn for more than one pair of axes/);
  });

  test("survives sanitizers, names itself in text, stays small", async () => {
    const bundle = await displayChart({
      data: [{ type: "scatter", x: [1, 2], y: [1, 2] }],
      layout: { title: "<i>Rise</i> & fall" },
    });
    assertSurvives(String(bundle.data["text/html"]));
    assert.equal(bundle.data["text/plain"], "Chart: Rise & fall (scatter, 2 points)");
    assert(kilobytes(bundle) < 150);
  });

  test("odd figures are drawn all the same: no data, one point, nulls, categories by the hundred", async () => {
    const odd: PlotlyFigure["data"] = [
      { type: "scatter", x: [], y: [] },
      { type: "scatter", x: [1], y: [1] },
      { type: "bar", x: ["a"], y: [null] },
      {
        type: "bar",
        x: Array.from({ length: 300 }, (_, i) => `a long category name ${i}`),
        y: Array.from({ length: 300 }, () => 5),
      },
      { type: "heatmap", z: [] },
      { type: "heatmap", z: [[1, null], [NaN]] },
      { type: "histogram", x: [] },
      { type: "histogram", x: ["a", "b", "a"] },
      { type: "pie", labels: [], values: [] },
    ];
    for (const trace of odd)
      assert((await displayChart({ data: [trace] })).data["image/png"], JSON.stringify(trace).slice(0, 60));
  });
});

describe("axes", () => {
  const ticks = (values: unknown[], layout: Record<string, unknown>, extent: [number, number]) =>
    scaleAxis(axisValues(values, layout), layout, extent, [0, 600], 80).ticks.map(({ label }) => label);

  test("tell numbers, dates, categories and logarithms apart, as Plotly does", () => {
    assert.deepEqual(ticks([0, 10], {}, [0, 10]), ["0", "2", "4", "6", "8", "10"]);
    const [from, to] = [Date.UTC(2024, 0), Date.UTC(2024, 3)];
    assert.deepEqual(ticks(["2024-01-01", "2024-04-01"], {}, [from, to]).slice(0, 2), ["Jan 7, 2024", "Jan 14"]);
    assert.deepEqual(ticks(["x", "y"], {}, [-0.5, 1.5]), ["x", "y"]);
    assert.deepEqual(ticks([1, 1e4], { type: "log" }, [1, 1e4]), ["1", "10", "100", "1,000", "10,000"]);
  });

  test("follow the layout's range, direction, format and own ticks", () => {
    assert.deepEqual(ticks([0, 1], { range: [0, 4] }, [0, 1]), [
      "0.0",
      "0.5",
      "1.0",
      "1.5",
      "2.0",
      "2.5",
      "3.0",
      "3.5",
      "4.0",
    ]);
    const reversed = scaleAxis(axisValues([0, 1], {}), { autorange: "reversed" }, [0, 1], [0, 600], 80);
    assert(reversed.pixel(1) < reversed.pixel(0));
    assert.deepEqual(ticks([0, 1], { tickformat: ".0%" }, [0, 1]).at(-1), "100%");
    assert.deepEqual(ticks([0, 1], { tickvals: [0, 1], ticktext: ["no", "yes"] }, [0, 1]), ["no", "yes"]);
  });
});
