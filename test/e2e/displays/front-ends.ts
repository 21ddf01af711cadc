import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ElementHandle, Page } from "playwright-core";
import { widgetMime } from "../../../widgets/widget-payload.ts";
import { startJupyterlab } from "../jupyterlab-server.ts";
import { ready, runAll, startLab } from "../lab-page.ts";
import { startNotebookServer } from "../notebook-server.ts";
import { openBrowser } from "../open-browser.ts";
import { refuseOthers, requestsOf } from "../requests.ts";

/** A front end with a server, as the displays' tests use any of them. */
export interface FrontEnd {
  folder: string;
  /** Addresses that pages asked for. */
  requested: string[];
  /** @param bare without our extension */
  open(notebook: string, bare?: boolean): Promise<Page>;
  runAll(page: Page): Promise<void>;
  save(page: Page): Promise<void>;
  /** The output of a cell, brought into view. */
  output(page: Page, cell: number): Promise<ElementHandle>;
  isTrusted(page: Page): Promise<boolean>;
  /** Ends the notebook's kernel; who opens it again gets another. */
  endKernel(page: Page): Promise<void>;
  stop(): Promise<void>;
}

const width = 1000;

const inLab = {
  runAll,
  async save(page: Page): Promise<void> {
    await page.evaluate(`jupyterapp.commands.execute("docmanager:save")`);
    await page.waitForFunction("!jupyterapp.shell.currentWidget.context.model.dirty");
  },
  async output(page: Page, cell: number): Promise<ElementHandle> {
    const handle = await page.evaluateHandle<Element>(`(async () => {
      const { content } = jupyterapp.shell.currentWidget;
      content.activeCellIndex = ${cell};
      // What stands there already has nowhere to scroll to, and the promise waits for it.
      await Promise.race([content.scrollToItem(${cell}, "start"), new Promise((next) => setTimeout(next, 1000))]);
      const area = () => content.widgets[${cell}].node.querySelector(".jp-Cell-outputArea");
      for (let left = 100; !(area()?.isConnected && area().clientHeight > 0) && left > 0; left--)
        await new Promise((next) => setTimeout(next, 50));
      return area();
    })()`);
    return handle.asElement()!;
  },
  isTrusted: (page: Page): Promise<boolean> =>
    page.evaluate(`[...jupyterapp.shell.currentWidget.model.cells].every(({ trusted }) => trusted)`),
  async endKernel(page: Page): Promise<void> {
    await page.evaluate(`(async () => {
      const { id } = jupyterapp.shell.currentWidget.sessionContext.session;
      await fetch("/api/sessions/" + id, {
        method: "DELETE",
        headers: { "X-XSRFToken": /_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "" },
      });
    })()`);
  },
};

export async function ourLab(): Promise<FrontEnd> {
  const lab = await startLab();
  return {
    ...inLab,
    folder: lab.folder,
    requested: lab.requested,
    async open(notebook, bare = false) {
      const page = await lab.open(notebook);
      await page.setViewportSize({ width, height: 900 });
      await closeSides(page);
      // The extension is built in: its renderer is taken out of the notebook, and what it has drawn is drawn again.
      if (bare) {
        await page.evaluate(`(() => {
          const { content } = jupyterapp.shell.currentWidget;
          content.rendermime.removeMimeType("${widgetMime}");
          for (const { model } of content.widgets) {
            const { outputs } = model;
            if (outputs) outputs.fromJSON(outputs.toJSON());
          }
        })()`);
      }
      return page;
    },
    stop: () => lab.stop(),
  };
}

export async function jupyterlab(): Promise<FrontEnd> {
  const server = await startJupyterlab();
  const profile = mkdtempSync(join(tmpdir(), "fused-chromium-"));
  const context = await openBrowser(profile, width);
  const requested = requestsOf(context);
  await refuseOthers(context);
  let workspaces = 0;
  return {
    ...inLab,
    folder: server.folder,
    requested,
    async open(notebook, bare = false) {
      const page = await context.newPage();
      if (bare) await page.route(/\/lab\/extensions\/fused-kernel\//, (route) => route.abort());
      const workspace = `${server.url}lab/workspaces/test-${++workspaces}`;
      await page.goto(`${workspace}/tree/${notebook}?token=${server.token}`);
      await ready(page);
      await closeSides(page);
      return page;
    },
    async stop() {
      await context.close();
      await server.stop();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

const closeSides = (page: Page): Promise<void> =>
  page.evaluate(`{ jupyterapp.shell.collapseLeft(); jupyterapp.shell.collapseRight(); }`);

export async function classicNotebook(): Promise<FrontEnd> {
  const server = await startNotebookServer();
  const profile = mkdtempSync(join(tmpdir(), "fused-chromium-"));
  const context = await openBrowser(profile, width);
  const requested = requestsOf(context);
  await refuseOthers(context);
  return {
    folder: server.folder,
    requested,
    async open(notebook, bare = false) {
      const page = await context.newPage();
      if (bare) await page.route(/\/nbextensions\/fused-kernel\//, (route) => route.abort());
      await page.goto(`${server.url}notebooks/${notebook}?token=${server.token}`);
      await page.waitForFunction(
        "window.Jupyter?.notebook?.kernel?.is_connected() && Jupyter.notebook.kernel.info_reply.status === 'ok'",
        undefined,
        { timeout: 60_000 },
      );
      return page;
    },
    async runAll(page) {
      await page.evaluate("Jupyter.notebook.execute_all_cells()");
      await page.waitForFunction(
        `!Jupyter.notebook.kernel_busy && Jupyter.notebook.get_cells().every((cell) => /^\\d+$/.test(String(cell.input_prompt_number)))`,
        undefined,
        { timeout: 60_000 },
      );
    },
    async save(page) {
      await page.evaluate("Jupyter.notebook.save_notebook()");
      await page.waitForFunction("Jupyter.notebook.dirty === false");
    },
    async output(page, cell) {
      const handle = await page.evaluateHandle<Element>(`(async () => {
        const { element } = Jupyter.notebook.get_cell(${cell});
        element[0].scrollIntoView();
        const area = () => element[0].querySelector(".output");
        for (let left = 100; !(area()?.clientHeight > 0) && left > 0; left--)
          await new Promise((next) => setTimeout(next, 50));
        return area();
      })()`);
      return handle.asElement()!;
    },
    isTrusted: (page) => page.evaluate("Jupyter.notebook.trusted"),
    async endKernel(page) {
      await page.evaluate("new Promise((done) => Jupyter.notebook.session.delete(done))");
    },
    async stop() {
      await context.close();
      await server.stop();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Copies a notebook as somebody else's: with another cell its signature does not hold. */
export function copyUntrusted({ folder }: FrontEnd, from: string, to: string): void {
  const notebook = JSON.parse(readFileSync(join(folder, from), "utf8")) as { cells: object[] };
  notebook.cells.push({ cell_type: "markdown", id: "elsewhere", source: "From elsewhere.", metadata: {} });
  writeFileSync(join(folder, to), JSON.stringify(notebook));
}
