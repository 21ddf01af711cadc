import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadCanvas } from "../../widgets/picture/canvas.ts";
import { openTestKernel } from "../kernel/talk.ts";
import { resultOf } from "./result-of.ts";

const kernel = await openTestKernel();
/** A folder for the pictures, for somebody who wants to look. */
const pictures = process.env.FUSED_TEST_PICTURES;

const shown = (code: string) => resultOf(kernel, code);

/** Width, height and how many colours a picture has. */
async function look(data: Record<string, unknown>, name: string) {
  const bytes = Buffer.from(String(data["image/png"]), "base64");
  if (pictures) writeFileSync(join(pictures, `chart-${name}.png`), bytes);
  const { createCanvas, loadImage } = await loadCanvas();
  const image = await loadImage(bytes);
  const context = createCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  return { width: image.width, height: image.height, colours: new Set(pixels).size };
}

const points = "Array.from({ length: 40 }, (_, i) => ({ x: i, y: Math.sin(i / 6), kind: 'abc'[i % 3] }))";

test("Observable Plot needs no page: its charts show as SVG and as a picture", async () => {
  await kernel.run('import * as Plot from "@observablehq/plot";');
  const data = await shown(`Plot.plot({ marks: [Plot.dot(${points}, { x: "x", y: "y" }), Plot.ruleY([0])] })`);
  assert.deepEqual(Object.keys(data).sort(), ["image/png", "image/svg+xml", "text/plain"]);
  assert.match(String(data["image/svg+xml"]), /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg".*<circle/s);
  const { width, colours } = await look(data, "plot");
  assert.equal(width, 640);
  assert.ok(colours > 5);
});

test("with a title and a legend it is HTML with pictures in it, which front ends leave as they are", async () => {
  const data = await shown(
    `Plot.plot({ title: "Waves", color: { legend: true }, marks: [Plot.dot(${points}, { x: "x", y: "y", fill: "kind" })] })`,
  );
  assert.equal(data["text/plain"], "Chart: Waves");
  assert.match(String(data["text/html"]), /<figure.*<h2>Waves<\/h2>.*<img src="data:image\/png/s);
  assert.doesNotMatch(String(data["text/html"]), /<svg|<script/);
  assert.ok((await look(data, "plot-legend")).colours > 5);
});

test("a mark shows as the plot of it", async () => {
  const data = await shown(`Plot.barY([{ k: "a", n: 2 }, { k: "b", n: 5 }], { x: "k", y: "n" })`);
  assert.match(String(data["image/svg+xml"]), /<rect/);
});

test("Vega-Lite and Vega show under their own mime types, and as a picture", async () => {
  const data =
    await shown(`({ $schema: "https://vega.github.io/schema/vega-lite/v5.json", title: "Waves", data: { values: ${points} },
  mark: "line", encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" }, color: { field: "kind" } } })`);
  assert.deepEqual(Object.keys(data).sort(), [
    "application/vnd.vegalite.v5+json",
    "image/png",
    "text/html",
    "text/plain",
  ]);
  assert.equal(data["text/plain"], "Vega-Lite chart: Waves (line)");
  assert.ok((await look(data, "vega-lite")).colours > 5);
  const vega =
    await shown(`({ $schema: "https://vega.github.io/schema/vega/v6.json", width: 200, height: 100, data: [{ name: "t", values: [{ a: 1 }, { a: 5 }] }],
  scales: [{ name: "x", type: "band", domain: { data: "t", field: "a" }, range: "width" }, { name: "y", domain: [0, 5], range: "height" }],
  marks: [{ type: "rect", from: { data: "t" }, encode: { enter: { x: { scale: "x", field: "a" }, width: { scale: "x", band: 1 }, y: { scale: "y", field: "a" }, y2: { scale: "y", value: 0 }, fill: { value: "teal" } } } }] })`);
  assert.ok("application/vnd.vega.v6+json" in vega);
  assert.ok((await look(vega, "vega")).colours > 1);
});

test("a chart that cannot be drawn shows as it is, with the reason", async () => {
  const data = await shown(
    `({ $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "nonsense", data: { values: [] } })`,
  );
  assert.ok("application/vnd.vegalite.v5+json" in data);
  assert.match(String(data["text/plain"]), /^Vega-Lite chart \(nonsense\)\n\(no picture: /);
});
