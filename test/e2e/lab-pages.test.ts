import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { choose, ready, startLab, write, type Lab } from "./lab-page.ts";
import { needsChromium } from "./open-browser.ts";
import { writeNotebook } from "./write-notebook.ts";

/** What a page shows of cells that it has not run itself, and of files that are no notebooks, or hardly. */
describe("a page of the lab", needsChromium, () => {
  let lab: Lab;
  let page: Page;
  let waits: string;

  before(async () => {
    lab = await startLab();
    waits = join(lab.folder, "go-on");
    writeNotebook(join(lab.folder, "long.ipynb"), []);
  });
  after(() => lab?.stop());

  test("goes on with the cell that runs, and shows the next one, which it has not sent either", async () => {
    page = await lab.open("long.ipynb");
    const wait = `while (!(await import("node:fs")).existsSync(${JSON.stringify(waits)})) await new Promise((go) => setTimeout(go, 50));`;
    await write(page, `console.log("begun");\n${wait}\nconsole.log("over");`);
    await page.keyboard.press("Control+Enter");
    await page.locator(".jp-OutputArea", { hasText: "begun" }).waitFor();
    await write(page, "6 * 7");
    await page.keyboard.press("Control+Enter");
    await page.evaluate("jupyterapp.shell.currentWidget.context.save()");
    await page.reload();
    await page.locator(".jp-InputPrompt", { hasText: "[*]" }).nth(1).waitFor();
    await page.locator(".jp-OutputArea", { hasText: "begun" }).waitFor();
    await lab.picture(page, "reloaded");
    writeFileSync(waits, "");
    await page.locator(".jp-OutputArea", { hasText: /begun\s+over/ }).waitFor();
    await page.locator(".jp-OutputArea-executeResult", { hasText: "42" }).waitFor();
    await ready(page);
    const numbers =
      "jupyterapp.shell.currentWidget.content.widgets.map(({ model }) => model.executionCount).filter(Boolean)";
    assert.deepEqual(await page.evaluate(numbers), [1, 2]);
    await choose(page, "Kernel", "Shut Down Kernel");
    await page.close();
  });

  test("welcomes with the notebooks that can be read, whatever lies beside them", async () => {
    writeFileSync(join(lab.folder, "broken.ipynb"), "{ no notebook");
    const output = { output_type: "stream", name: "stdout", text: "x".repeat(5e6) };
    const cell = { cell_type: "code", id: "a", metadata: {}, source: "", execution_count: 1, outputs: [output] };
    const large = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    writeFileSync(join(lab.folder, "large.ipynb"), JSON.stringify(large));
    page = await lab.open();
    const entries = await page.locator(".fused-welcome-notebooks button").allInnerTexts();
    for (const each of ["First light", "broken.ipynb", "large.ipynb"])
      assert.ok(
        entries.some((entry) => entry.includes(each)),
        each,
      );
    assert.ok(!lab.requested.some((url) => /large\.ipynb\?.*content=1/.test(url)));
    await page.close();
  });

  test("knows GeoJSON: coloured in the editor, and a tree where that is asked for", async () => {
    const point = {
      type: "Feature",
      properties: { name: "Oslo" },
      geometry: { type: "Point", coordinates: [10.7, 59.9] },
    };
    writeFileSync(join(lab.folder, "places.geojson"), JSON.stringify({ type: "FeatureCollection", features: [point] }));
    page = await lab.open();
    const open = (factory?: string) =>
      page.evaluate(
        `void jupyterapp.commands.execute("docmanager:open", ${JSON.stringify({ path: "places.geojson", factory })})`,
      );
    await open();
    await page.locator(".jp-FileEditor .cm-line span", { hasText: '"FeatureCollection"' }).waitFor();
    await lab.picture(page, "geojson");
    await open("JSON");
    await page.locator(".jp-RenderedJSON", { hasText: "features" }).waitFor();
    await page.close();
  });
});
