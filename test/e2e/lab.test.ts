import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { needsPython } from "./debian-jupyter.ts";
import { accept, choose, ready, result, run, startLab, write, type Lab } from "./lab-page.ts";
import { needsChromium } from "./open-browser.ts";
import { tutorials } from "./notebook-server.ts";
import { ofOthers } from "./requests.ts";
import { writeNotebook } from "./write-notebook.ts";

const needsIpykernel = needsPython(["ipykernel"], "python3-ipykernel");

/** JupyterLab as a person uses it: menus, keys, and what then stands on the page. */
describe("the lab in Chromium", needsChromium, () => {
  let lab: Lab;
  let page: Page;

  before(async () => {
    lab = await startLab();
    writeNotebook(join(lab.folder, "keys.ipynb"), []);
  });
  after(() => lab?.stop());

  test("the welcome page names every tutorial by its title, and opens it", async () => {
    page = await lab.open();
    await lab.picture(page, "welcome");
    const entries = await page.locator(".fused-welcome-notebooks button").allInnerTexts();
    for (const tutorial of tutorials) {
      const { cells } = JSON.parse(readFileSync(tutorial, "utf8")) as { cells: { source: string | string[] }[] };
      const title = /^# (.*)$/m.exec([cells[0]!.source].flat().join(""))![1]!;
      assert.ok(
        entries.some((entry) => entry.includes(title)),
        `${title} in ${entries.join("|")}`,
      );
    }
    await page.locator(".fused-welcome-notebooks button", { hasText: "First light" }).click();
    await ready(page);
    assert.equal(await page.evaluate("jupyterapp.shell.currentWidget.context.path"), "01-first-light.ipynb");
    await page.close();
  });

  test("it says what it is powered by, and whose licences it carries", async () => {
    page = await lab.open();
    await choose(page, "Help", "About fused-kernel lab");
    const about = page.locator(".jp-Dialog");
    assert.match(await about.innerText(), /Powered by JupyterLab 4\.\d+\.\d+/);
    const notices = await page.request.get(
      await about.locator("a").evaluate((link) => (link as { href?: string }).href!),
    );
    assert.equal(notices.status(), 200);
    assert.match(await notices.text(), /@jupyterlab\/application-extension [\d.]+ \(BSD-3-Clause\)/);
    assert.doesNotMatch(await notices.text(), /EPL-|elkjs/);
    await accept(page);
    await page.close();
  });

  test("the launcher has a card for our kernel, with its logo", async () => {
    page = await lab.open();
    await page.locator("button", { hasText: "Everything that can be started" }).click();
    const card = page.locator('.jp-LauncherCard[data-category="Notebook"]', { hasText: "TypeScript (Fused)" });
    await card.locator("img").waitFor();
    await page.waitForFunction(
      `document.querySelector('.jp-LauncherCard[data-category="Notebook"] img').naturalWidth > 0`,
    );
    await card.click();
    await ready(page);
    assert.match(await run(page, "6 * 7"), /42/);
    await choose(page, "Kernel", "Shut Down Kernel");
    await page.close();
  });

  describe("a notebook", () => {
    before(async () => {
      page = await lab.open("keys.ipynb");
    });
    after(async () => {
      await choose(page, "Kernel", "Shut Down Kernel");
      await page.close();
    });

    test("cells are coloured as TypeScript", async () => {
      assert.match(
        await run(page, 'interface Place { name: string }\nconst a: Place = { name: "Oslo" };\na.name'),
        /Oslo/,
      );
      assert.equal(
        await page.evaluate("jupyterapp.shell.currentWidget.content.activeCell.model.mimeType"),
        "application/typescript",
      );
    });

    test("Tab shows the completions with their kinds, and Enter takes one", async () => {
      await run(page, "const places = { Reykjavik: 64.15, Rangoon: () => 16.8 };");
      await write(page, "places.R");
      await page.keyboard.press("Tab");
      const offered = page.locator(".jp-Completer-item");
      await offered.first().waitFor();
      await lab.picture(page, "completer");
      const [[first, ...kind] = [], [second] = []] = (await offered.allInnerTexts()).map((each) =>
        each.trim().split(/\s+/).slice(-2),
      );
      assert.deepEqual([first, second], ["Rangoon", "Reykjavik"]);
      assert.match(kind.join(), /\w/);
      await page.keyboard.press("Enter");
      await page.keyboard.insertText("()");
      await page.keyboard.press("Control+Enter");
      assert.match(await result(page), /16\.8/);
    });

    test("Shift+Tab tells what stands at the cursor", async () => {
      await write(page, "places");
      await page.keyboard.press("Shift+Tab");
      await page.locator(".jp-Tooltip", { hasText: "Reykjavik" }).waitFor();
      await page.keyboard.press("Escape");
      await page.locator(".jp-Notebook .jp-mod-active .cm-content").click();
      await page.keyboard.press("Control+Enter");
      await result(page);
    });

    test("a question is answered in the page", async () => {
      await write(page, 'const who = prompt("Who?"); `Hello ${who}`');
      await page.keyboard.press("Control+Enter");
      await page.locator(".jp-Stdin-input").fill("Ada");
      await page.locator(".jp-Stdin-input").press("Enter");
      assert.match(await result(page), /Hello Ada/);
    });

    test("the toolbar interrupts a busy loop, and variables are kept", async () => {
      await write(page, 'console.log("round"); while (true) {}');
      await page.keyboard.press("Control+Enter");
      await page.locator(".jp-OutputArea", { hasText: "round" }).last().waitFor();
      await page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"] jp-button').click();
      assert.match(await result(page), /Interrupted/);
      assert.match(await run(page, "places.Rangoon()"), /16\.8/);
    });

    test("a Plotly figure is a live chart", async () => {
      await run(page, '({ data: [{ type: "bar", x: ["a", "b"], y: [3, 1] }], layout: { title: { text: "Bars" } } })');
      const chart = page.locator(".fused-plotly .js-plotly-plot").last();
      await chart.locator(".barlayer .point").nth(1).waitFor();
      await lab.picture(page, "plotly");
    });

    test("formulas and diagrams in Markdown are drawn", async () => {
      await write(page, "Euler: $e^{i\\pi} + 1 = 0$\n\n```mermaid\ngraph LR; A-->B\n```\n");
      await page.keyboard.press("Escape");
      await page.keyboard.press("m");
      await page.keyboard.press("Control+Enter");
      await page.locator(".jp-RenderedMarkdown mjx-container").waitFor();
      await page.locator(".jp-RenderedMermaid img").waitFor();
      await lab.picture(page, "markdown");
    });

    test("a slider of ipywidgets moves with its kernel, and is live again after a reload", async () => {
      await run(page, slider);
      const handle = page.locator(".widget-slider .noUi-handle").last();
      await handle.focus();
      await page.keyboard.press("ArrowRight");
      await page.locator(".widget-readout", { hasText: /^4$/ }).waitFor();
      assert.match(await run(page, "moved"), /4/);
      await lab.picture(page, "slider");

      await page.keyboard.press("Control+s");
      await page.waitForFunction("!jupyterapp.shell.currentWidget.context.model.dirty");
      await page.reload();
      await ready(page);
      await handle.focus();
      await page.keyboard.press("ArrowRight");
      await page.locator(".widget-readout", { hasText: /^5$/ }).waitFor();
      assert.match(await run(page, "moved"), /5/);
    });

    test("a widget of anywidget brings its own code", async () => {
      await run(page, anywidget);
      await page.locator("button.pressed-by", { hasText: "0" }).click();
      await page.locator("button.pressed-by", { hasText: "1" }).waitFor();
    });

    test("the dark theme, kept over a reload; charts stand on its ground", async () => {
      const ground = () =>
        page.waitForFunction(
          `getComputedStyle(document.querySelector(".fused-plotly .main-svg")).backgroundColor ===
            getComputedStyle(document.querySelector(".jp-Notebook")).backgroundColor`,
        );
      await page.locator(".fused-plotly .main-svg").first().waitFor();
      await page.evaluate("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })");
      const dark = "document.body.dataset.jpThemeLight === 'false'";
      await page.waitForFunction(dark);
      await ground();
      await page.reload();
      await ready(page);
      await page.waitForFunction(dark);
      await page.locator(".fused-plotly .main-svg").first().waitFor({ state: "attached" });
      await ground();
      await page.locator(".fused-plotly").first().scrollIntoViewIfNeeded();
      await lab.picture(page, "dark");
      await page.evaluate("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })");
      await page.waitForFunction("document.body.dataset.jpThemeLight === 'true'");
      await ground();
    });

    test("a restart in one page is told to another that shows the same kernel, and ends what that one waits for", async () => {
      const other = await lab.open("keys.ipynb");
      await write(other, 'console.log("waits"); await new Promise(() => {})');
      await other.keyboard.press("Control+Enter");
      await other.locator(".jp-OutputArea", { hasText: "waits" }).last().waitFor();
      await choose(page, "Kernel", "Restart Kernel…");
      await accept(page);
      await ready(page);
      await other.locator(".Toastify__toast", { hasText: "was restarted in another page" }).waitFor();
      await lab.picture(other, "restarted-elsewhere");
      await ready(other);
      assert.equal(await other.locator(".jp-Dialog").count(), 0);
      assert.equal(await page.locator(".jp-Dialog, .Toastify__toast").count(), 0);
      await other.waitForFunction("jupyterapp.shell.currentWidget.content.activeCell.model.executionState === 'idle'");
      assert.match(await run(other, "typeof places"), /undefined/);
      await other.close();
    });

    test("a restart forgets variables", async () => {
      await choose(page, "Kernel", "Restart Kernel…");
      await accept(page);
      await ready(page);
      assert.match(await run(page, "typeof places"), /undefined/);
    });
  });

  test("/doc/tree/NOTEBOOK is a page with that one notebook", async () => {
    page = await lab.context.newPage();
    await page.goto(`${lab.url}/doc/tree/04-load-save-share.ipynb`);
    await ready(page);
    assert.equal(await page.evaluate("jupyterapp.shell.mode"), "single-document");
    await lab.picture(page, "single-document");
    await page.close();
  });

  test("a notebook of another kernel runs in the same lab: Python's", needsIpykernel, async () => {
    writeNotebook(join(lab.folder, "python.ipynb"), [], { name: "python3", display_name: "Python 3" });
    page = await lab.open("python.ipynb");
    assert.match(
      await run(page, "import sys\nprint(sys.version_info.major)\n[n * n for n in range(4)]"),
      /3\n.*\[0, 1, 4, 9\]/s,
    );
    await page.keyboard.press("Control+s");
    await page.waitForFunction("!jupyterapp.shell.currentWidget.context.model.dirty");
    await choose(page, "Kernel", "Shut Down Kernel");
    await page.close();
    assert.match(readFileSync(join(lab.folder, "python.ipynb"), "utf8"), /\[0, 1, 4, 9\]/);
  });

  test("nothing was asked of any other machine, and no page complained", () => {
    assert.deepEqual(ofOthers(lab.requested), []);
    assert.ok(lab.requested.some((url) => url.startsWith("ws:")));
    // JupyterLab 4.6 measures a cell that has just become Markdown and is not drawn yet.
    const ours = lab.complaints.filter((each) => !each.includes("_markdownOverlapsToolbar"));
    assert.deepEqual(ours, []);
  });

  test("after the server was started again, a notebook is offered a new kernel, and has kept its outputs", async () => {
    writeNotebook(join(lab.folder, "again.ipynb"), []);
    page = await lab.open("again.ipynb");
    assert.match(await run(page, "let kept = 6 * 7"), /^$/);
    assert.match(await run(page, "kept"), /42/);
    await lab.restart();
    const offer = page.locator(".jp-Dialog", { hasText: "The server was started again" });
    // JupyterLab's own message comes before where it has noticed that the server was away.
    const noticed = page.locator(".jp-Dialog", { hasText: "Server Connection Error" });
    await offer.or(noticed).first().waitFor({ timeout: 90_000 });
    if (await noticed.isVisible()) await noticed.locator("button", { hasText: "Close" }).click();
    await offer.waitFor({ timeout: 90_000 });
    await lab.picture(page, "server-again");
    await offer.locator("button.jp-mod-accept").click();
    await ready(page);
    assert.match(await page.locator(".jp-Notebook").innerText(), /42/);
    assert.match(await run(page, "typeof kept"), /undefined/);
    await choose(page, "Kernel", "Shut Down Kernel");
    await page.close();
  });
});

/** An IntSlider as ipywidgets 8 announces it, from a cell. */
const slider = `
const controls = { _model_module: "@jupyter-widgets/controls", _model_module_version: "2.0.0", _view_module: "@jupyter-widgets/controls", _view_module_version: "2.0.0" };
const base = { _model_module: "@jupyter-widgets/base", _model_module_version: "2.0.0", _view_module: "@jupyter-widgets/base", _view_module_version: "2.0.0" };
const widget = (state) => jupyter.openComm("jupyter.widget", { state, buffer_paths: [] }, { metadata: { version: "2.1.0" } });
const layout = widget({ ...base, _model_name: "LayoutModel", _view_name: "LayoutView" });
const style = widget({ ...controls, _model_name: "SliderStyleModel", _view_module: "@jupyter-widgets/base", _view_name: "StyleView" });
let moved = 3;
const intSlider = widget({ ...controls, _model_name: "IntSliderModel", _view_name: "IntSliderView", value: 3, min: 0, max: 10, step: 1,
  description: "n", orientation: "horizontal", readout: true, readout_format: "d", continuous_update: true, behavior: "drag-tap",
  layout: "IPY_MODEL_" + layout.id, style: "IPY_MODEL_" + style.id });
intSlider.onMessage(({ data }) => {
  moved = data.state.value;
  intSlider.send({ method: "echo_update", state: data.state, buffer_paths: [] });
});
({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "slider",
  "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: intSlider.id } }) })`;

const anywidget = `
const counter = widget({ _model_module: "anywidget", _model_module_version: "~0.9.*", _model_name: "AnyModel", _view_module: "anywidget",
  _view_module_version: "~0.9.*", _view_name: "AnyView", _anywidget_id: "test.Counter", value: 0, layout: "IPY_MODEL_" + layout.id,
  _esm: \`export default { render({ model, el }) {
    const button = document.createElement("button");
    button.className = "pressed-by";
    const show = () => (button.textContent = model.get("value"));
    button.onclick = () => model.send({ press: true });
    model.on("change:value", show);
    show();
    el.append(button);
  } }\` });
let presses = 0;
counter.onMessage(({ data }) => data.method === "custom" && counter.send({ method: "update", state: { value: ++presses }, buffer_paths: [] }));
({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "counter",
  "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: counter.id } }) })`;
