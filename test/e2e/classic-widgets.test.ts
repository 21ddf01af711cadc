import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { widgetMime } from "../../widgets/widget-payload.ts";
import { busyCell } from "../kernel/busy-cell.ts";
import { needsNotebookServer, startNotebookServer, type NotebookCell } from "./notebook-server.ts";
import type { PythonServer } from "./python-server.ts";
import { needsChromium, openBrowser } from "./open-browser.ts";
import { ofOthers, refuseOthers, requestsOf } from "./requests.ts";
import { writeNotebook } from "./write-notebook.ts";

const needs = "skip" in needsChromium ? needsChromium : needsNotebookServer;
/** A folder for pictures of the pages, for somebody who wants to look. */
const pictures = process.env.FUSED_TEST_PICTURES;

const rows = "Array.from({ length: 5000 }, (_, i) => ({ id: i, place: `place ${i % 10}`, depth: (i * 37) % 100 }))";

/** Debian's Notebook 6 with the extension that `install` puts beside the kernelspec: a live table in a cell's output. */
describe("a live table in the classic Notebook", needs, () => {
  let server: PythonServer;
  let context: BrowserContext;
  let page: Page;
  const profile = mkdtempSync(join(tmpdir(), "fused-chromium-"));
  let requested: string[];

  before(async () => {
    server = await startNotebookServer();
    context = await openBrowser(profile, 1200);
    requested = requestsOf(context);
    await refuseOthers(context);
    const source = `const quakes = fused.table(${rows}, { title: "Quakes" });\nquakes`;
    writeNotebook(join(server.folder, "live.ipynb"), [source]);
    page = await open("live.ipynb");
  });
  after(async () => {
    await context?.close();
    await server?.stop();
    rmSync(profile, { recursive: true, force: true });
  });

  async function open(path: string): Promise<Page> {
    const opened = await context.newPage();
    await opened.goto(`${server.url}notebooks/${path}?token=${server.token}`);
    await ready(opened);
    return opened;
  }
  const ready = (of: Page) =>
    of.waitForFunction(
      "window.Jupyter?.notebook?.kernel?.is_connected() && Jupyter.notebook.kernel.info_reply.status === 'ok'",
    );
  const count = (of: Page) => of.locator(".output_fused .fk-count").first().innerText();
  const firstCell = (of: Page) => of.locator(".output_fused tbody td").first().innerText();
  const save = async (of: Page) => {
    await of.evaluate("Jupyter.notebook.save_notebook()");
    await of.waitForFunction("Jupyter.notebook.dirty === false");
  };
  const until = async (holds: () => Promise<boolean>, what: string): Promise<void> => {
    for (const late = Date.now() + 30_000; !(await holds().catch(() => false));) {
      if (Date.now() > late) assert.fail(`waited in vain for ${what}`);
      await new Promise((next) => setTimeout(next, 50));
    }
  };
  const picture = async (of: Page, name: string) => {
    if (pictures) await of.screenshot({ path: join(pictures, `classic-${name}.png`) });
  };

  test("is drawn by the extension, sorts by its kernel, and tells the cell what is selected", async () => {
    await page.evaluate("Jupyter.notebook.execute_all_cells()");
    await page.locator(".output_fused .fk-count").first().waitFor();
    assert.equal(await count(page), "5,000 rows × 3 columns");
    await page.locator(".output_fused .fk-sort", { hasText: "id" }).click();
    await page.locator(".output_fused .fk-sort", { hasText: "id" }).click();
    await until(async () => (await firstCell(page)) === "4999", "the largest id first");
    await page.locator(".output_fused tbody tr:nth-child(2) > th").click();
    await picture(page, "live");
    await until(async () => {
      await page.evaluate(`Jupyter.notebook.kernel.execute("0", {}, { silent: true })`);
      const asked = `new Promise((done) => Jupyter.notebook.kernel.execute("quakes.selection.rows.join()", { iopub: {
        output: ({ content }) => content.data && done(content.data["text/plain"]) } }, { silent: false }))`;
      return (await page.evaluate(asked)) === "'4998'";
    }, "the selection in the cell");
  });

  test("answers while a cell runs", async () => {
    const { code, goOn } = busyCell();
    await page.evaluate(
      `Jupyter.notebook.insert_cell_at_bottom("code").set_text(${JSON.stringify(`${code}\n"done"`)})`,
    );
    await page.evaluate("Jupyter.notebook.get_cell(1).execute()");
    await page.locator(".output_fused .fk-sort", { hasText: "id" }).click();
    await until(async () => (await firstCell(page)) === "0", "the order of the table");
    assert.equal(
      await page.evaluate("Jupyter.notebook.get_cell(1).output_area.outputs.length"),
      0,
      "the cell still runs",
    );
    goOn();
    await until(
      async () => (await page.evaluate("Jupyter.notebook.get_cell(1).output_area.outputs.length")) === 1,
      "its end",
    );
    await page.evaluate("Jupyter.notebook.delete_cell(1)");
  });

  test("is alive again when the page is loaded again, with no library code in the notebook", async () => {
    await save(page);
    const path = join(server.folder, "live.ipynb");
    const { cells } = JSON.parse(readFileSync(path, "utf8")) as { cells: NotebookCell[] };
    const { data } = cells[0]!.outputs![0]!;
    assert.ok(widgetMime in data! && "text/html" in data && "text/plain" in data);
    assert.ok(readFileSync(path).length < 60_000, "some rows, and no code");
    await page.reload();
    await ready(page);
    await page.locator(".output_fused .fk-count").first().waitFor();
    await until(async () => (await count(page)) === "5,000 rows × 3 columns", "all rows");
    await page.locator(".output_fused .fk-sort", { hasText: "id" }).click();
    await page.locator(".output_fused .fk-sort", { hasText: "id" }).click();
    await until(async () => (await firstCell(page)) === "4999", "the largest id first");
  });

  test("shows the stored rows and says so when its kernel is another one", async () => {
    await page.evaluate("new Promise((done) => Jupyter.notebook.kernel.restart(done))");
    await ready(page);
    await page.reload();
    await ready(page);
    await page.locator(".output_fused .fk-count").first().waitFor();
    const bar = () => page.locator(".output_fused .fk-bar-top").innerText();
    await until(async () => /a part of 5,000 rows × 3 columns/.test(await bar()), "word of the kernel");
    assert.equal(await firstCell(page), "0");
    await picture(page, "gone");
  });

  test("is drawn in a notebook that is not trusted", async () => {
    const path = join(server.folder, "live.ipynb");
    // Signatures are of the content: with another cell the notebook is somebody else's.
    const notebook = JSON.parse(readFileSync(path, "utf8")) as { cells: object[] };
    notebook.cells.push({ cell_type: "markdown", id: "elsewhere", source: "From elsewhere.", metadata: {} });
    const html = { "text/html": "<b>seen</b><script>document.title = 'script ran'</script>", "text/plain": "x" };
    const outputs = [{ output_type: "display_data", data: html, metadata: {} }];
    notebook.cells.push({ cell_type: "code", id: "seen", source: "0", metadata: {}, outputs, execution_count: 1 });
    writeFileSync(join(server.folder, "untrusted.ipynb"), JSON.stringify(notebook));
    const other = await open("untrusted.ipynb");
    await other.locator(".output_fused .fk-count").first().waitFor();
    assert.equal(await other.evaluate("Jupyter.notebook.trusted"), false);
    assert.doesNotMatch(await other.title(), /script ran/);
    assert.equal(await firstCell(other), "0");
    await picture(other, "untrusted");
    await other.close();
  });

  test("nothing was asked of any other machine", () => {
    assert.deepEqual(ofOthers(requested), []);
    assert.ok(requested.some((url) => url.includes("nbextensions/fused-kernel/widgets/front.js")));
  });
});
