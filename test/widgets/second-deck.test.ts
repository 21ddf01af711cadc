import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { build } from "esbuild";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { needsChromium, openWidgetLab, type WidgetLab } from "./widget-page.ts";

/** deck.gl as another extension would bring it: a copy of its own, of another version, under the names of its own. */
async function anotherDeck(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { Deck } from "@deck.gl/core";
import { ScatterplotLayer } from "@deck.gl/layers";
globalThis.drawOther = () => new Promise((resolve, reject) => new Deck({
  parent: document.body.appendChild(Object.assign(document.createElement("div"), { style: "position: relative; height: 120px" })),
  width: 200, height: 120, initialViewState: { longitude: 0, latitude: 0, zoom: 1 }, onError: reject,
  layers: [new ScatterplotLayer({ data: [[0, 0]], getPosition: (d) => d, getRadius: 1e6, onError: reject })],
  onAfterRender: () => resolve(globalThis.deck.VERSION),
}));`,
      resolveDir: packageRoot,
    },
    bundle: true,
    minify: true,
    format: "iife",
    write: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [
      {
        name: "another-version",
        setup: ({ onLoad }) =>
          onLoad({ filter: /@(deck|luma)\.gl[/\\][\w-]+[/\\]dist[/\\].*\.js$/ }, async ({ path }) => ({
            contents: (await readFile(path, "utf8")).replace(/(["'])9\.4\.(\d+)\1/g, '"9.1.$2"'),
          })),
      },
    ],
  });
  return outputFiles[0]!.text;
}

describe("a page with a deck.gl of another version", needsChromium, () => {
  let lab: WidgetLab;
  before(async () => {
    lab = await openWidgetLab();
  });
  after(() => lab?.close());

  test("our map and the other draw both, whichever comes first", async () => {
    const { bundles } = await lab.run(`fused.map([[0, 0], [10, 10]].map((coordinates, n) => ({
  type: "Feature", geometry: { type: "Point", coordinates }, properties: { n } })))`);
    const errors: string[] = [];
    const page = await lab.open(bundles[0]!, { before: await anotherDeck() });
    page.on("pageerror", ({ message }) => errors.push(message));
    const drawOther = () => page.evaluate<string>("drawOther()");
    assert.match(await drawOther(), /^9\.1\./);
    await page.waitForSelector("#host-0 .canvas canvas", { timeout: 40_000 });
    await page.waitForSelector("#host-0 .legend h4");
    assert.match(await drawOther(), /^9\.1\./);
    assert.deepEqual(errors, []);
    await page.close();
  });
});
