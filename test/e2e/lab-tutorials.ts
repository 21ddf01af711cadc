import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { accept, choose, ready, startLab, type Lab } from "./lab-page.ts";
import { needsChromium } from "./open-browser.ts";
import { codeCells, type NotebookCell } from "./notebook-server.ts";
import { ofOthers } from "./requests.ts";

/** Everything in notebooks/, the tutorials and the snippets. */
const all = globSync("notebooks/*.ipynb", { cwd: packageRoot })
  .sort()
  .map((path) => join(packageRoot, path));

/**
 * Tutorials as a reader goes through them: in the lab, in Chromium. All in one file would take longer than a test file may.
 * @param part which of the files this is, from 0
 * @param parts how many files share the tutorials
 */
export function tutorialsInTheLab(part: number, parts: number): void {
  describe("in the lab", needsChromium, () => suite(all.filter((_, i) => i % parts === part)));
}

function suite(those: string[]): void {
  let lab: Lab;

  before(async () => {
    lab = await startLab();
  });
  after(() => lab?.stop());

  for (const tutorial of those) {
    const name = basename(tutorial);
    test(`${name} runs to its end, is saved, is there again after a reload, and survives a restart`, async () => {
      const expected = codeCells(tutorial);
      const page = await lab.open(name);
      await choose(page, "Edit", "Clear Outputs of All Cells");
      await choose(page, "Run", "Run All Cells");
      await page.waitForFunction(
        `jupyterapp.shell.currentWidget.content.widgets
          .filter(({ model }) => model.type === "code" && model.sharedModel.getSource().trim() !== "")
          .every(({ model }) => model.executionState === "idle" && model.executionCount > 0)`,
        undefined,
        { timeout: 120_000 },
      );
      await lab.picture(page, name);
      await page.keyboard.press("Control+s");
      await page.waitForFunction("!jupyterapp.shell.currentWidget.context.model.dirty");
      const saved = codeCells(join(lab.folder, name));
      assert.deepEqual(errors(saved), errors(expected));
      assert.deepEqual(
        saved.map(counted),
        expected.map((cell, index) => counted({ ...cell, execution_count: index + 1 })),
      );

      await page.reload();
      await ready(page);
      assert.deepEqual(
        (await outputsOnPage(page)).map(({ count, kinds }) => [count, ...kinds]),
        saved.map(({ execution_count, outputs }) => [execution_count, ...outputs!.map((each) => each.output_type)]),
      );

      await choose(page, "Kernel", "Restart Kernel…");
      await accept(page);
      await ready(page);
      await page.evaluate(`{
        const { content } = jupyterapp.shell.currentWidget;
        content.activeCellIndex = content.widgets.findIndex(({ model }) => model.type === "code");
        content.node.focus();
      }`);
      await choose(page, "Run", "Run Selected Cell and Do not Advance");
      await page.waitForFunction(
        `jupyterapp.shell.currentWidget.content.activeCell.model.executionState === "idle" &&
          jupyterapp.shell.currentWidget.content.activeCell.model.executionCount === 1`,
      );
      await choose(page, "Kernel", "Shut Down Kernel");
      await page.close();
    });
  }

  test("nothing was asked of any other machine", () => {
    assert.deepEqual(ofOthers(lab.requested), []);
    assert.ok(lab.requested.length > 0);
  });
}

/** First lines of what went wrong. */
const errors = (cells: NotebookCell[]) =>
  cells.flatMap(({ outputs = [] }) =>
    outputs
      .filter(({ output_type }) => output_type === "error")
      .map(({ ename, evalue }) => `${ename}: ${evalue?.split("\n")[0]}`),
  );

/** Whoever has widgets gets controls and what they make in one display; those without get a display of each. */
const counted = ({ execution_count, outputs = [], source }: NotebookCell) => [
  execution_count,
  ...outputs
    .slice(0, [source].flat().join("").includes("fused.interact(") ? 1 : undefined)
    .map(({ output_type, name, ename }) => [output_type, name ?? ename].join(" ")),
];

function outputsOnPage(page: Page): Promise<{ count: number; kinds: string[] }[]> {
  return page.evaluate(`jupyterapp.shell.currentWidget.content.widgets
    .filter(({ model }) => model.type === "code" && model.sharedModel.getSource().trim() !== "")
    .map(({ model }) => ({ count: model.executionCount, kinds: model.outputs.toJSON().map((each) => each.output_type) }))`);
}
