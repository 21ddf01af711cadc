import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { startLab, type Lab } from "./lab-page.ts";
import { needsChromium } from "./open-browser.ts";
import { writeNotebook } from "./write-notebook.ts";

const cells = [
  "const { slider, select } = fused.controls;\nconst size = slider(0, 10, { value: 3, label: 'size' });\nsize",
  `await fused.interact(({ n, kind }) => { console.log("n is", n); return Array.from({ length: n + 2 }, (_, i) => ({ i, kind })); },
  { n: size, kind: ["dot", "line"] });`,
];

/** The lab has the manager of ipywidgets 8: controls are drawn by it. */
describe("controls in the lab", needsChromium, () => {
  let lab: Lab;
  let page: Page;

  before(async () => {
    lab = await startLab();
    writeNotebook(join(lab.folder, "controls.ipynb"), cells);
    page = await lab.open("controls.ipynb");
  });
  after(() => lab?.stop());

  test("a slider moves, and the function below runs again, its table live", async () => {
    await page.locator(".jp-Notebook").click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Home");
    for (const _ of cells) await page.keyboard.press("Shift+Enter");
    await page.locator(".widget-slider").nth(1).waitFor({ timeout: 30_000 });
    await page.locator(".widget-output", { hasText: "n is 3" }).waitFor({ timeout: 30_000 });
    await page.locator(".widget-output .fk-count", { hasText: "5 rows × 2 columns" }).first().waitFor();
    await lab.picture(page, "controls");
    await page.locator(".jp-CodeCell").nth(1).locator(".widget-slider .noUi-handle").first().focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    await page.locator(".widget-output", { hasText: "n is 6" }).waitFor();
    // The same control in two places has one value.
    assert.match(await page.locator(".jp-CodeCell").first().locator(".widget-readout").innerText(), /^6$/);
    await lab.picture(page, "controls-moved");
  });

  test("the managers of widgets have nothing to complain of", () => {
    assert.deepEqual(
      lab.complaints.filter((text) => /widget|class|module/i.test(text)),
      [],
    );
  });
});
