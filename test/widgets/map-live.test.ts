import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { widgetMime } from "../../widgets/widget-payload.ts";
import { waitFor } from "../wait-for.ts";
import { needsChromium, openWidgetLab, payloadOf } from "./widget-page.ts";
import type { WidgetLab } from "./widget-page.ts";
import { busyCell } from "../kernel/busy-cell.ts";

/** A UDF whose tiles are one number each, with a wait, an error, and a count of what was stopped. */
const udf = `%%udf tint
async function tint(bounds: fused.types.Bounds, level: int = 40, wait: int = 0, fails: boolean = false) {
  const [west] = bounds;
  if (wait > 0) await new Promise((done) => setTimeout(done, wait));
  if (fails && west >= 0) throw new Error("no data east of Greenwich");
  return { data: new Uint8Array(64 * 64).fill(level), width: 64, height: 64 };
}`;

/** The shadow root of the first map on a page, for scripts that run there. */
const shadow = `document.querySelector("#host-0 .fused-widget > div").shadowRoot`;

/** Red, green and blue of a place on the map, as it is drawn. */
async function colourAt(page: Page, x: number, y: number): Promise<number[]> {
  return page.evaluate(
    async ([left, top]) => {
      const shown = (window as unknown as { shown: { snapshot(): Promise<Blob> }[] }).shown[0]!;
      const image = await createImageBitmap(await shown.snapshot());
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d")!;
      context.drawImage(image, 0, 0);
      return [...context.getImageData(left!, top!, 1, 1).data.slice(0, 3)];
    },
    [x, y],
  );
}

const eventually = (what: string, holds: () => Promise<boolean>) => waitFor(what, holds, { seconds: 40, every: 300 });

const isClose = (a: number[], b: number[]) => a.every((value, i) => Math.abs(value - b[i]!) <= 6);
const showsLevel =
  (page: Page, level: number, x = 300) =>
  async () =>
    isClose(await colourAt(page, x, 260), [level, level, level]);

describe("a live map on a page", needsChromium, () => {
  let lab: WidgetLab;
  let page: Page | undefined;
  before(async () => {
    lab = await openWidgetLab();
    assert.equal((await lab.run(udf)).status, "ok");
  });
  after(() => lab?.close());
  const open = async (code: string, options = {}): Promise<Page> => {
    await page?.close();
    const { status, bundles, text } = await lab.run(code);
    assert.equal(status, "ok", text);
    page = await lab.open(bundles.at(-1)!, { width: 520, height: 480, ...options });
    await page.waitForSelector("#host-0 .fused-widget .canvas canvas", { timeout: 40_000 });
    return page;
  };

  test("a busy page tells at once that it was out of view and is in view: the map comes alive", async () => {
    const before = `const Own = window.IntersectionObserver;
      window.IntersectionObserver = class extends Own {
        constructor(listener, options) {
          super((entries, observer) => listener([{ ...entries[0], isIntersecting: false }, ...entries], observer), options);
        }
      };`;
    await open("%map tint", { before });
  });

  test("F186 the bundle: own mime, a script-free picture, a PNG, a line of text, under 150 KB", async () => {
    const { bundles } = await lab.run("%map tint");
    const bundle = bundles.at(-1)!;
    assert.deepEqual(
      Object.keys(bundle).filter((type) => !type.includes("fused.map")),
      [widgetMime, "text/html", "image/png", "text/plain"],
    );
    assert.doesNotMatch(String(bundle["text/html"]), /<script/i);
    assert.ok(JSON.stringify(bundle).length < 150_000);
    assert.ok(JSON.stringify(payloadOf(bundle)).length < 50_000);
  });

  test("tiles are drawn with the UDF's values, and no request leaves the origin", async () => {
    const shown = await open("%map tint");
    await eventually("tiles of level 40", showsLevel(shown, 40));
    const { origin } = new URL(shown.url());
    assert.deepEqual(
      lab.requested.filter((url) => !url.startsWith(origin) && !url.startsWith("data:") && !url.startsWith("blob:")),
      [],
    );
  });

  test("tiles come while a cell runs", async () => {
    const { code, goOn } = busyCell();
    let isDone = false;
    const busy = lab.start(code).finally(() => (isDone = true));
    await page!.evaluate(`${shadow}.querySelector("[aria-label='Zoom in']").click()`);
    const asked = () => page!.evaluate<number>("window.sent.filter((each) => each.kind === 'credit').length");
    const before = await asked();
    await eventually("more tiles", async () => (await asked()) > before);
    assert.equal(isDone, false, "the cell still runs");
    goOn();
    assert.equal((await busy).status, "ok");
  });

  test("a control that is dragged draws the tiles anew, and the cell learns of the value", async () => {
    const shown = await open("const tinted = %map tint --controls");
    await eventually("tiles of level 40", showsLevel(shown, 40));
    await shown.evaluate(`(() => {
      const slider = ${shadow}.querySelector("input[type=range]");
      slider.value = "80";
      slider.dispatchEvent(new Event("input"));
    })()`);
    await eventually("tiles of level 80", showsLevel(shown, 80));
    await eventually(
      "the value in the cell",
      async () => (await lab.run("tinted.parameters.level")).bundles[0]?.["text/plain"] === "80",
    );
  });

  test("a palette that is changed recolours what is there without a new request", async () => {
    const shown = await open("%map tint");
    await eventually("tiles of level 40", showsLevel(shown, 40));
    const requests = () => shown.evaluate<number>("window.sent.filter((each) => each.kind === 'tile').length");
    const before = await requests();
    await shown.evaluate(`(() => {
      ${shadow}.querySelector(".tools [aria-label='Layers']").click();
      const select = ${shadow}.querySelector(".panel select");
      select.value = "viridis";
      select.dispatchEvent(new Event("change"));
    })()`);
    // viridis at 40 of 255
    await eventually("the palette's colour", async () => isClose(await colourAt(shown, 300, 260), [69, 55, 129]));
    assert.equal(await requests(), before);
  });

  test("a tile with an error shows it, and the traceback on a click", async () => {
    const shown = await open("fused.map({ data: tint, parameters: { fails: true } }, { bounds: [-60, -30, 60, 60] })");
    await shown.waitForSelector(".tile.error button", { timeout: 40_000, state: "attached" });
    assert.match((await shown.locator(".tile.error button").first().textContent())!, /no data east of Greenwich/);
    await shown.evaluate(`${shadow}.querySelector(".tile.error button").click()`);
    await eventually("the traceback", async () =>
      /in UDF tint, line 5/.test((await shown.locator(".trace pre").textContent())!),
    );
  });

  test("a storm of thirty pans: requests are withdrawn, runs are stopped, the queue stays short, nothing late is drawn", async () => {
    const shown = await open(
      "const storm = fused.map({ data: tint, parameters: { wait: 3000 } }, { center: [0, 0], zoom: 4 }); storm",
    );
    await eventually(
      "first requests",
      async () => (await shown.evaluate<number>("window.sent.filter((each) => each.kind === 'tile').length")) > 0,
    );
    for (let step = 0; step < 30; step++) {
      await lab.run(
        `storm.flyTo({ longitude: ${-150 + 10 * step}, latitude: ${(step % 5) * 10}, zoom: ${4 + (step % 3)} }, { duration: 0 })`,
      );
    }
    const counts = () =>
      shown.evaluate<Record<string, number>>(`new Promise((resolve) => {
        window.counts = resolve;
        window.ask("counts");
      })`);
    await eventually("withdrawn requests", async () => {
      const { dropped, aborted } = await counts();
      return dropped! + aborted! > 0;
    });
    const { longestQueue } = await counts();
    assert.ok(longestQueue! <= 16, `the queue was ${longestQueue} long`);
  });

  test("what is selected in a box comes back to the cell, with the view", async () => {
    const shown = await open(`const picked = fused.map(
  { data: [-20, 0, 20].map((x) => ({ type: "Feature", geometry: { type: "Point", coordinates: [x, 0] }, properties: { x } })), name: "three" },
  { bounds: [-40, -20, 40, 20] },
);
picked.on("select", ({ features }) => console.log("selected", features.length));
picked`);
    await eventually(
      "the layer",
      async () => (await shown.evaluate<number>("window.sent.filter((each) => each.kind === 'data').length")) > 0,
    );
    await eventually("a selection", async () => {
      await shown.evaluate(`${shadow}.querySelector("[aria-label^='Select']").click()`);
      const box = (await shown.locator("#host-0").boundingBox())!;
      await shown.mouse.move(box.x + 5, box.y + 60);
      await shown.mouse.down();
      await shown.mouse.move(box.x + box.width / 2 + 20, box.y + box.height - 60, { steps: 3 });
      await shown.mouse.up();
      const { bundles } = await lab.run("picked.selection.features.map(({ properties }) => properties.x).join()");
      return bundles[0]?.["text/plain"] === "'-20,0'";
    });
    const { bundles } = await lab.run("picked.bounds.map(Math.sign).join()");
    assert.equal(bundles[0]!["text/plain"], "'-1,-1,1,1'");
  });

  test("areas, lines, arcs, heat, columns and pictures in one map: all are drawn, no message of an error", async () => {
    const errors: string[] = [];
    const shown =
      await open(`const points = Array.from({ length: 30 }, (_, i) => ({ lng: -30 + 2 * i, lat: 10 + (i % 7), n: i }));
const lines = { type: "FeatureCollection", features: [{ type: "Feature", properties: { n: 1 }, geometry: { type: "LineString", coordinates: [[-40, 0], [40, 30]] } }] };
const area = { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[[-20, -20], [20, -20], [20, 0], [-20, 0], [-20, -20]], [[-5, -15], [5, -15], [5, -5], [-5, -5], [-5, -15]]] } };
fused.map([
  { data: { data: new Float32Array(16).map((_, i) => i / 16), width: 4, height: 4 }, bounds: [30, -30, 60, 0], name: "picture", palette: "magma" },
  { data: area, name: "area", color: "#ff0000" },
  { data: lines, name: "line", color: "#00aa00", width: 4 },
  { data: lines, name: "arc", type: "arc" },
  { data: points, name: "heat", type: "heatmap", weight: "n" },
  { data: points, name: "columns", type: "column", elevation: "n", elevationScale: 10000 },
], { bounds: [-60, -40, 60, 50] })`);
    shown.on("pageerror", ({ message }) => errors.push(message));
    const names = () =>
      shown.evaluate<string>(`(() => {
      const button = ${shadow}.querySelector(".tools [aria-label='Layers']");
      if (button.getAttribute("aria-pressed") === "false") button.click();
      return [...${shadow}.querySelectorAll(".panel .name")].map((each) => each.textContent).join();
    })()`);
    assert.equal(await names(), "columns,heat,arc,line,area,picture");
    await eventually("the red area", async () => {
      const [red, green, blue] = await colourAt(shown, 190, 270);
      return red! > green! + 40 && red! > blue! + 40;
    });
    assert.deepEqual(errors, []);
    assert.equal(await shown.locator(".notes").textContent(), "");
  });

  test("20 maps: all show, at most eight of them live", async () => {
    const { bundles } = await lab.run("%map tint");
    const others = Array.from({ length: 19 }, () => bundles.at(-1)!);
    const shown = await lab.open(bundles.at(-1)!, { others, width: 520, height: 700 });
    for (let i = 0; i < 20; i++) {
      await shown.locator(`#host-${i}`).scrollIntoViewIfNeeded();
      await shown.waitForTimeout(100);
    }
    await eventually("the last map is live", async () => (await shown.locator("#host-19 .canvas canvas").count()) > 0);
    const live = () => shown.locator(".fused-widget .canvas canvas").count();
    const pictures = () => shown.locator(".fused-widget > img").count();
    await eventually("no more than eight are live", async () => (await live()) <= 8);
    assert.equal((await live()) + (await pictures()), 20);
    await shown.close();
  });

  test("loaded again with its kernel alive it is live; with the kernel gone it is the picture and says so", async () => {
    const shown = await open("%map tint");
    await eventually("tiles", showsLevel(shown, 40));
    await shown.reload();
    await shown.waitForSelector("#host-0 .fused-widget canvas", { timeout: 40_000 });
    await eventually("tiles again", showsLevel(shown, 40));
    await lab.endKernel();
    await eventually("word of it", async () => /kernel has gone/.test((await shown.locator(".notes").textContent())!));
    await shown.reload();
    await shown.waitForSelector("#host-0 .fused-badge");
    assert.match((await shown.locator(".fused-badge").textContent())!, /Run the cell again/);
    assert.ok(
      (await shown
        .locator("#host-0 img")
        .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)) > 100,
    );
  });
});
