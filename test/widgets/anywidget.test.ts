import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { widgetMime } from "../../widgets/widget-payload.ts";
import { anywidgetHost, needsIpywidgets } from "./anywidget-host.ts";
import { needsChromium, openWidgetLab, type WidgetLab } from "./widget-page.ts";
import { busyCell } from "../kernel/busy-cell.ts";

const needs = "skip" in needsChromium ? needsChromium : needsIpywidgets;
const widgetView = "application/vnd.jupyter.widget-view+json";
const rows = "Array.from({ length: 5000 }, (_, i) => ({ id: i, place: `place ${i % 10}` }))";
const point = `{ type: "Feature", geometry: { type: "Point", coordinates: [10, 50] }, properties: { depth: 4 } }`;

/** A front end that draws models of anywidget, and cannot load an extension or reach a server. */
describe("displays as models of anywidget", needs, () => {
  let lab: WidgetLab;
  let script: string;
  let page: Page;
  before(async () => {
    [lab, script] = await Promise.all([openWidgetLab(), anywidgetHost()]);
  });
  after(() => lab?.close());

  const modelOf = (bundle: Record<string, unknown>) => (bundle[widgetView] as { model_id: string }).model_id;
  /** The page's module has run, and its models are there. */
  const isReady = async (): Promise<void> => {
    await page.waitForFunction("window.showModel !== undefined");
    await page.evaluate("window.restored");
  };
  const show = async (code: string): Promise<Record<string, unknown>> => {
    const { bundles, text } = await lab.run(code);
    assert.ok(bundles.length > 0, text);
    await page.evaluate(
      (id) => (window as unknown as { showModel(id: string): void }).showModel(id),
      modelOf(bundles[0]!),
    );
    return bundles[0]!;
  };

  test("a bundle has no view of a widget before somebody is there to draw it", async () => {
    const { bundles } = await lab.run(rows);
    assert.deepEqual(Object.keys(bundles[0]!), [widgetMime, "text/html", "text/plain"]);
  });

  test("a page with ipywidgets and anywidget says so by itself, and displays get a view", async () => {
    page = await lab.open({}, { script });
    await isReady();
    // What the page says and what the cell asks come on the same line, one after the other.
    for (let late = Date.now() + 20_000; ; await new Promise((next) => setTimeout(next, 100))) {
      const { bundles } = await lab.run("[{ a: 1 }, { a: 2 }]");
      if (widgetView in bundles[0]!) break;
      assert.ok(Date.now() < late, "no view in the bundle");
    }
  });

  test("a table is live: the code comes over the model's comm, and its kernel sorts it", async () => {
    const bundle = await show(rows);
    assert.ok(JSON.stringify(bundle).length < 150_000);
    await page.locator("#host-0 .fk-count", { hasText: "5,000 rows × 2 columns" }).waitFor();
    const sort = page.locator("#host-0 .fk-sort", { hasText: "id" });
    await sort.click();
    await sort.click();
    await page.locator("#host-0 tbody td", { hasText: "4999" }).waitFor();
  });

  test("a map is live, and answers while a cell runs", async () => {
    await show(`fused.map([${point}])`);
    await page.locator("#host-0 .canvas canvas").waitFor({ timeout: 40_000 });
    let isDone = false;
    const { code, goOn } = busyCell();
    const running = lab.start(code).then(() => (isDone = true));
    await page.evaluate("window.again()");
    await page.locator("#host-0 .canvas canvas").waitFor({ timeout: 40_000 });
    assert.equal(isDone, false, "the cell still runs");
    goOn();
    await running;
  });

  test("a page that is loaded again finds the models, and shows them live", async () => {
    const { bundles } = await lab.run(rows);
    await page.reload();
    await isReady();
    await page.evaluate(
      (id) => (window as unknown as { showModel(id: string): void }).showModel(id),
      modelOf(bundles[0]!),
    );
    await page.locator("#host-0 .fk-count", { hasText: "5,000 rows × 2 columns" }).waitFor();
  });

  test("nothing but the page itself was asked of its server, and nothing of any other", () => {
    const asked = new Set(
      lab.requested.filter((url) => !/^(blob|data):/.test(url)).map((url) => new URL(url).pathname),
    );
    assert.ok(
      [...asked].every((path) => /^\/[0-9a-f-]{36}$|^\/favicon.ico$/.test(path)),
      [...asked].join(),
    );
  });
});
