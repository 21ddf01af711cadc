import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Locator, Page, WebSocketRoute } from "playwright-core";
import { widgetMime } from "../../widgets/widget-payload.ts";
import { runAll, startLab, type Lab } from "./lab-page.ts";
import { needsChromium } from "./open-browser.ts";
import { writeNotebook } from "./write-notebook.ts";

const cells = [
  `fused.map([0, 10, 20].map((x) => ({ type: "Feature", geometry: { type: "Point", coordinates: [x, 45] }, properties: { x } })))`,
  `fused.table(Array.from({ length: 5000 }, (_, i) => ({ id: i, name: \`row \${i}\` })), { title: "many" })`,
  `await fused.sql("SELECT range AS id, 'x' AS name FROM range(0)")`,
  `fused.table([1, 2, 3].map((n) => Object.fromEntries(Array.from({ length: 300 }, (_, i) => [\`c\${i}\`, n * i]))))`,
  `fused.map([
  { type: "Feature", geometry: null, properties: { n: 1 } },
  { type: "Feature", geometry: { type: "Point", coordinates: [NaN, 5] }, properties: { n: 2 } },
  { type: "Feature", geometry: { type: "Point", coordinates: [12, 46] }, properties: { n: NaN } },
  { type: "Feature", geometry: { type: "Point", coordinates: [14, 48] }, properties: { n: null } },
])`,
];
const [map, many, empty, wide, broken] = cells.keys();

/** Each shows something true, whatever happens to the kernel and whatever it is given. */
describe("displays in trouble", needsChromium, () => {
  let lab: Lab;
  let page: Page;
  before(async () => {
    lab = await startLab();
    writeNotebook(join(lab.folder, "trouble.ipynb"), cells);
    page = await lab.open("trouble.ipynb");
    await runAll(page);
  });
  after(() => lab?.stop());

  /** A cell's output, brought into view. */
  async function output(cell: number | undefined): Promise<Locator> {
    await page.evaluate(`(async () => {
      const { content } = jupyterapp.shell.currentWidget;
      content.activeCellIndex = ${cell};
      await Promise.race([content.scrollToItem(${cell}, "start"), new Promise((next) => setTimeout(next, 1000))]);
    })()`);
    return page.locator(`.jp-Cell[data-windowed-list-index="${cell}"] .jp-Cell-outputArea`);
  }
  async function sortsById(table: Locator): Promise<void> {
    await table.locator(".fk-sort", { hasText: "id" }).click();
    await table.locator(".fk-sort", { hasText: "id" }).click();
    await table.locator("tbody td", { hasText: /^4999$/ }).waitFor();
    await table.locator(".fk-sort", { hasText: "id" }).click();
    await table.locator("tbody td", { hasText: /^0$/ }).waitFor();
  }
  const says = async (cell: number | undefined, text: RegExp): Promise<void> =>
    (await output(cell)).getByText(text).first().waitFor({ timeout: 30_000 });

  test("an empty table has its columns and no rows", async () => {
    const place = await output(empty);
    await place.locator(".fk-count", { hasText: "0 rows × 2 columns" }).waitFor();
    await place.locator("th", { hasText: "name" }).first().waitFor();
    assert.equal(await place.locator("tbody td").count(), 0);
  });

  test("a table of 300 columns scrolls to the last of them", async () => {
    const place = await output(wide);
    await place.locator(".fk-count", { hasText: "3 rows × 300 columns" }).waitFor();
    const last = place.locator("tbody td", { hasText: /^897$/ });
    // How wide they are is known of columns that were drawn.
    for (const late = Date.now() + 30_000; (await last.count()) === 0;) {
      assert.ok(Date.now() < late, "the last column does not come");
      await place.locator("regular-table").evaluate((element: { scrollLeft: number; scrollWidth: number }) => {
        element.scrollLeft = element.scrollWidth;
      });
      await new Promise((next) => setTimeout(next, 100));
    }
  });

  test("features without a place are left out of a map, and the map says so", async () => {
    const place = await output(broken);
    await place.locator(".canvas canvas").first().waitFor({ timeout: 40_000 });
    const text = await page.evaluate(
      `jupyterapp.shell.currentWidget.content.widgets[${broken}].model.outputs.get(0).data["text/plain"]`,
    );
    assert.match(String(text), /1 of 4 features are not drawn: longitude NaN/);
  });

  test("a dropped socket: displays are alive again when it stands again", async () => {
    const table = await output(many);
    await table.locator(".fk-count", { hasText: "5,000 rows" }).waitFor();
    await page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.reconnect()");
    await sortsById(table);
    const place = await output(map);
    await place.locator(".canvas canvas").first().waitFor({ timeout: 40_000 });
    assert.equal(await place.getByText(/kernel.*(gone|not running)/i).count(), 0);
  });

  test("without our extension: the page's own socket comes back after it was lost", async () => {
    const sockets: WebSocketRoute[] = [];
    // Only ours names its session in numbers.
    await lab.context.routeWebSocket(/session_id=\d+-\d+-/, (socket) => {
      socket.connectToServer();
      sockets.push(socket);
    });
    const saved = page;
    await saved.evaluate(`jupyterapp.commands.execute("docmanager:save")`);
    page = await lab.open("trouble.ipynb");
    await page.evaluate(`(() => {
      const { content } = jupyterapp.shell.currentWidget;
      content.rendermime.removeMimeType("${widgetMime}");
      for (const { model } of content.widgets) model.outputs.fromJSON(model.outputs.toJSON());
    })()`);
    const table = await output(many);
    await sortsById(table);
    assert.equal(sockets.length, 1, "all displays of the page share one");
    await sockets[0]!.close({ code: 1011 });
    for (const late = Date.now() + 20_000; sockets.length < 2; await page.waitForTimeout(50)) {
      assert.ok(Date.now() < late, "no other socket is opened");
    }
    await sortsById(table);
    await page.close();
    page = saved;
  });

  test("a kernel that was restarted: what it had is a picture or a part, and says so", async () => {
    await output(map);
    await page.evaluate("jupyterapp.shell.currentWidget.sessionContext.restartKernel()");
    await says(map, /kernel.*(gone|not running)/i);
    await says(many, /a part of 5,000 rows.*run the cell again/);
  });

  test("after its cell ran again a display is alive; when the kernel is killed it says so", async () => {
    await runAll(page);
    await sortsById(await output(many));
    await output(map);
    // The session that runs cells is a child of the kernel.
    await page.evaluate(`jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({
      code: 'process.kill(process.ppid, "SIGKILL")' })`);
    await says(map, /kernel.*(gone|not running)/i);
    await says(many, /a part of 5,000 rows.*run the cell again/);
  });
});
