import { spawn } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import type { BrowserContext, Page } from "playwright-core";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { openBrowser } from "./open-browser.ts";
import { requestsOf } from "./requests.ts";

/** A folder for pictures of the pages, for somebody who wants to look. */
const pictures = process.env.FUSED_TEST_PICTURES;

export interface Lab {
  /** Without a slash at the end. */
  url: string;
  /** Where its notebooks lie: copies of the tutorials. */
  folder: string;
  context: BrowserContext;
  /** Addresses that any page asked for, by whatever protocol. */
  requested: string[];
  /** What pages wrote to the console as errors, and exceptions that nobody caught. */
  complaints: string[];
  /** A page of its own workspace: with a notebook, or with the lab as it starts. */
  open(notebook?: string): Promise<Page>;
  picture(page: Page, name: string): Promise<void>;
  /** Ends the server, and starts another at the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `fused-kernel lab` as a user does, and a browser that has logged in with the link that it prints. */
export async function startLab(): Promise<Lab> {
  const home = mkdtempSync(join(tmpdir(), "fused-lab-page-"));
  const folder = join(home, "notebooks");
  mkdirSync(folder);
  for (const notebook of globSync("notebooks/*.ipynb", { cwd: packageRoot }))
    copyFileSync(join(packageRoot, notebook), join(folder, basename(notebook)));

  let server = await launch(home, folder, "0");
  const link = server.link;
  const { origin, port } = new URL(link);

  const context = await openBrowser(join(home, "profile"));
  const requested = requestsOf(context);
  const complaints: string[] = [];
  context.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  context.on("weberror", (error) => complaints.push(error.error().stack ?? String(error.error())));
  const first = await context.newPage();
  await first.goto(link);
  await first.close();

  let workspaces = 0;
  return {
    url: origin,
    folder,
    context,
    requested,
    complaints,
    async open(notebook) {
      const page = await context.newPage();
      const workspace = `${origin}/lab/workspaces/test-${++workspaces}`;
      await page.goto(notebook === undefined ? workspace : `${workspace}/tree/${notebook}`);
      await (notebook === undefined ? page.locator(".fused-welcome-notebooks button").first().waitFor() : ready(page));
      return page;
    },
    async picture(page, name) {
      if (pictures) await page.screenshot({ path: join(pictures, `lab-${name}.png`) });
    },
    async restart() {
      await server.stop();
      server = await launch(home, folder, port);
    },
    async stop() {
      await context.close();
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The command as a process of its own, with everything that it keeps in one folder. */
async function launch(home: string, folder: string, port: string): Promise<{ link: string; stop(): Promise<void> }> {
  const command = [join(packageRoot, "bin", "fused-kernel.js"), "lab", folder, "--no-browser", "--port", port];
  const child = spawn(process.execPath, command, {
    env: {
      ...process.env,
      FUSED_LAB_EXPOSE: "1",
      FUSED_LAB_STATE_DIRECTORY: join(home, "state"),
      FUSED_CACHE_DIRECTORY: join(home, "cache"),
      FUSED_HISTORY_FILE: join(home, "history.jsonl"),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let link = "";
  for await (const line of createInterface(child.stdout)) {
    link = /^Lab: (\S+)$/.exec(line)?.[1] ?? "";
    if (link !== "") break;
  }
  child.stdout.resume();
  if (link === "") throw new Error("fused-kernel lab printed no link");
  const stop = () => {
    child.kill("SIGINT");
    return ended;
  };
  return { link, stop };
}

/** The notebook in front is there, and its kernel has said that it is idle. */
export async function ready(page: Page): Promise<void> {
  try {
    await page.waitForFunction(
      `(() => {
        const panel = globalThis.jupyterapp?.shell.currentWidget;
        return panel?.content?.model && panel.context?.isReady && panel.sessionContext?.isReady &&
          panel.sessionContext.session?.kernel?.status === "idle" &&
          panel.sessionContext.session.kernel.connectionStatus === "connected";
      })()`,
      undefined,
      { timeout: 60_000 },
    );
  } catch (error) {
    if (pictures) await page.screenshot({ path: join(pictures, "lab-not-ready.png") });
    const state = await page.evaluate(`(() => {
      const panel = globalThis.jupyterapp?.shell.currentWidget;
      const { status, connectionStatus } = panel?.sessionContext?.session?.kernel ?? {};
      const dialog = document.querySelector(".jp-Dialog")?.innerText;
      return { title: panel?.title.label, isReady: panel?.sessionContext?.isReady, status, connectionStatus, dialog };
    })()`);
    throw new Error(`the notebook is not ready: ${JSON.stringify(state)}`, { cause: error });
  }
}

/** Runs the notebook in front from its first cell to its last, and waits for that. */
export async function runAll(page: Page): Promise<void> {
  await page.evaluate(`jupyterapp.commands.execute("notebook:run-all-cells")`);
  await page.waitForFunction(`(() => {
    const { content, sessionContext } = jupyterapp.shell.currentWidget;
    return content.widgets.every(({ model }) => model.executionCount > 0 && model.executionState === "idle") &&
      sessionContext.session.kernel.status === "idle";
  })()`);
}

/** Picks an entry of one of the menus at the top. */
export async function choose(page: Page, menu: string, entry: string): Promise<void> {
  await page.locator(".lm-MenuBar-itemLabel", { hasText: new RegExp(`^${menu}$`) }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^${entry}$`) }).click();
}

/** Answers the dialog that is open. */
export async function accept(page: Page): Promise<void> {
  await page.locator(".jp-Dialog button.jp-mod-accept").click();
  await page.locator(".jp-Dialog").waitFor({ state: "detached" });
}

/** Writes a cell below the others of the notebook in front and runs it; gives the text of its outputs. */
export async function run(page: Page, code: string): Promise<string> {
  await write(page, code);
  await page.keyboard.press("Control+Enter");
  return result(page);
}

/** Writes a cell below the others of the notebook in front, where the cursor stays. */
export async function write(page: Page, code: string): Promise<void> {
  await page.evaluate(`(async () => {
    const { content } = jupyterapp.shell.currentWidget;
    content.activeCellIndex = content.widgets.length - 1;
    await jupyterapp.commands.execute("notebook:insert-cell-below");
    await jupyterapp.commands.execute("notebook:enter-edit-mode");
  })()`);
  await page.locator(".jp-Notebook .jp-mod-active .cm-content").click();
  await page.keyboard.insertText(code);
}

/** Waits until the cell that is active has run; gives the text of its outputs. */
export async function result(page: Page): Promise<string> {
  await page.waitForFunction(`jupyterapp.shell.currentWidget.content.activeCell.model.executionState === "idle" &&
    jupyterapp.shell.currentWidget.content.activeCell.model.executionCount > 0`);
  return page.locator(".jp-Notebook .jp-mod-active .jp-OutputArea").first().innerText();
}
