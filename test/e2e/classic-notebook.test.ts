import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import {
  codeCells,
  needsNotebookServer,
  shape,
  startNotebookServer,
  tutorials,
  type NotebookCell,
} from "./notebook-server.ts";
import type { PythonServer } from "./python-server.ts";
import { needsChromium, openBrowser } from "./open-browser.ts";
import { ofOthers, refuseOthers, requestsOf } from "./requests.ts";

const needs = "skip" in needsChromium ? needsChromium : needsNotebookServer;
/** A folder for pictures of the pages, for somebody who wants to look. */
const pictures = process.env.FUSED_TEST_PICTURES;

/** Debian's Notebook 6, as a person uses it: menus, keys, and what then stands on the page. */
describe("in the classic Notebook", needs, () => {
  let server: PythonServer;
  let context: BrowserContext;
  const profile = mkdtempSync(join(tmpdir(), "fused-chromium-"));
  let requested: string[];

  before(async () => {
    server = await startNotebookServer();
    context = await openBrowser(profile, 1200);
    requested = requestsOf(context);
    await refuseOthers(context);
  });

  after(async () => {
    await context?.close();
    await server?.stop();
    rmSync(profile, { recursive: true, force: true });
  });

  async function open(path: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${server.url}${path}?token=${server.token}`);
    await page.waitForFunction(
      "window.Jupyter?.notebook?.kernel?.is_connected() && Jupyter.notebook.kernel.info_reply.status === 'ok'",
    );
    return page;
  }

  const picture = async (page: Page, name: string) => {
    if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
  };

  for (const tutorial of tutorials) {
    const name = basename(tutorial);
    test(`${name} restarts and runs all, draws its outputs, and is saved with them`, async () => {
      const page = await open(`notebooks/${name}`);
      await choose(page, "#kernellink", "#restart_run_all");
      await page.locator(".modal-dialog .btn-danger", { hasText: "Restart" }).click();
      // The last cell of the tutorials fails on purpose, or has a value: either way it has a number in the end.
      const expected = codeCells(tutorial);
      await page.waitForFunction(
        `Jupyter.notebook.get_cells().filter((cell) => cell.cell_type === "code" && cell.get_text().trim())
           .every((cell) => /^\\d+$/.test(String(cell.input_prompt_number)))`,
        undefined,
        { timeout: 120_000 },
      );
      await picture(page, name);

      // What has no picture of its own has HTML, and both are on the page.
      const drawn = (await page.evaluate(`({
        errors: document.querySelectorAll(".output_error").length,
        broken: [...document.querySelectorAll(".output img")].filter((img) => !img.complete || img.naturalWidth === 0).length,
        coloured: document.querySelectorAll(".CodeMirror-code .cm-keyword").length,
      })`)) as Record<"errors" | "broken" | "coloured", number>;
      const mimes = expected.flatMap(({ outputs }) => outputs!.map(({ data }) => Object.keys(data ?? {})));
      assert.equal(
        drawn.errors,
        expected.flatMap(({ outputs }) => outputs!).filter((each) => each.output_type === "error").length,
      );
      // Live displays are drawn when they come into view, in shadow trees, which locators look into.
      const displays = page.locator(".output .fused-widget");
      for (let i = 0; i < (await displays.count()); i++) {
        await displays.nth(i).scrollIntoViewIfNeeded();
        await displays.nth(i).locator("img, canvas, table").first().waitFor({ state: "attached" });
      }
      const pictured = mimes.filter((each) => each.includes("image/png")).length;
      assert.ok((await page.locator(".output img, .output canvas, .output svg").count()) >= pictured);
      assert.equal(drawn.broken, 0);
      assert.ok(drawn.coloured > 0, "TypeScript is coloured");

      await choose(page, "#filelink", "#save_checkpoint");
      await page.waitForFunction("Jupyter.notebook.dirty === false");
      const saved = codeCells(join(server.folder, name));
      assert.deepEqual(
        saved.map(counted),
        expected.map((cell, index) => counted({ ...cell, execution_count: index + 1 })),
      );
      await page.close();
    });
  }

  describe("a new notebook", () => {
    let page: Page;

    before(async () => {
      const headers = { Authorization: `token ${server.token}`, "Content-Type": "application/json" };
      const content = {
        cells: [],
        metadata: { kernelspec: { name: "fused-ts", display_name: "TypeScript (Fused)" } },
        nbformat: 4,
        nbformat_minor: 5,
      };
      const created = await fetch(`${server.url}api/contents/keys.ipynb`, {
        method: "PUT",
        headers,
        body: JSON.stringify({ type: "notebook", content }),
      });
      assert.equal(created.status, 201);
      page = await open("notebooks/keys.ipynb");
    });

    after(() => page?.close());

    /** Writes a cell below the others, where the cursor stays. */
    async function write(code: string): Promise<void> {
      await page.evaluate(
        "{ Jupyter.notebook.insert_cell_below('code', Jupyter.notebook.ncells() - 1); Jupyter.notebook.select(Jupyter.notebook.ncells() - 1); Jupyter.notebook.edit_mode(); }",
      );
      await page.keyboard.insertText(code);
    }

    /** Waits for the number beside the last cell, and gives its text. */
    async function result(): Promise<string> {
      // The number comes with the reply, which may overtake the output; the kernel is idle after it.
      await page.waitForFunction(
        `/^\\d+$/.test(String(Jupyter.notebook.get_cell(-1).input_prompt_number)) && !Jupyter.notebook.kernel_busy &&
          Jupyter.notebook.get_cell(-1).output_area.outputs.length > 0`,
      );
      return (await page.locator(".code_cell .output_wrapper").last().innerText()).trim();
    }

    async function run(code: string): Promise<string> {
      await write(code);
      await page.keyboard.press("Control+Enter");
      return result();
    }

    test("Ctrl+Enter runs a cell", async () => {
      assert.match(await run('const places = { Reykjavik: 64.15, Rangoon: 16.8 }; "ready"'), /ready/);
    });

    test("Tab shows the completions, and Enter takes one", async () => {
      await write("places.R");
      await page.keyboard.press("Tab");
      const list = page.locator("#complete");
      await list.waitFor();
      await picture(page, "tab");
      const offered = await list.locator("option").allInnerTexts();
      assert.deepEqual(
        offered.map((each) => each.trim()),
        ["Rangoon", "Reykjavik"],
      );
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate("Jupyter.notebook.get_cell(-1).get_text()"), "places.Reykjavik");
      await page.keyboard.press("Control+Enter");
      assert.match(await result(), /64\.15/);
    });

    test("Shift+Tab tells what stands at the cursor", async () => {
      await write("places");
      await page.keyboard.press("Shift+Tab");
      const tip = page.locator("#tooltip .tooltiptext");
      await tip.filter({ hasText: "Reykjavik" }).waitFor();
      await picture(page, "shift-tab");
      await page.keyboard.press("Escape");
    });

    test("a question is answered in the page", async () => {
      await write('const who = prompt("Who?"); `Hello ${who}`');
      await page.keyboard.press("Control+Enter");
      const field = page.locator("input.raw_input");
      await field.fill("Ada");
      await field.press("Enter");
      assert.match(await result(), /Hello Ada/);
    });

    test("the Kernel menu interrupts a busy loop, and variables are kept", async () => {
      await write('console.log("round"); while (true) {}');
      await page.keyboard.press("Control+Enter");
      await page.locator(".output_stdout", { hasText: "round" }).waitFor();
      await choose(page, "#kernellink", "#int_kernel");
      assert.match(await result(), /Interrupted/);
      assert.match(await run("places.Rangoon"), /16\.8/);
    });

    test("the Kernel menu restarts, and variables are gone", async () => {
      await choose(page, "#kernellink", "#restart_kernel");
      await page.locator(".modal-dialog .btn-danger").click();
      await page.waitForFunction(
        "Jupyter.notebook.kernel.is_connected() && !document.querySelector('.modal-backdrop')",
      );
      assert.match(await run("typeof places"), /undefined/);
      assert.equal(await page.evaluate("Jupyter.notebook.get_cell(-1).input_prompt_number"), 1);
    });
  });

  test("nothing was asked of any other machine", () => {
    assert.deepEqual(ofOthers(requested), []);
    assert.ok(requested.length > 0);
  });
});

/** Picks an entry of one of the notebook's menus. */
async function choose(page: Page, menu: string, entry: string): Promise<void> {
  await page.click(menu);
  await page.click(`${entry} a`);
}

const counted = ({ execution_count, outputs }: NotebookCell) => [execution_count, ...shape(outputs ?? [])];
