import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { ElementHandle, Page } from "playwright-core";
import type { NotebookCell } from "../notebook-server.ts";
import { writeNotebook } from "../write-notebook.ts";
import { displays, setup } from "./cells.ts";
import { copyUntrusted, type FrontEnd } from "./front-ends.ts";
import { differsFrom } from "./references.ts";

/** A folder for pictures of what does not appear, or not as it should. */
const pictures = process.env.FUSED_TEST_PICTURES;
const maps = new Set(["points", "polygons", "raster", "tiles", "hexagons"]);
const tables = new Set(["table", "million"]);

/**
 * Every display in a front end, in every state that a notebook can be in, against pictures that somebody has looked at.
 * @param name of the front end, with which its pictures' begin
 * @param needs why it is skipped, where it is
 */
export function displaysIn(name: string, start: () => Promise<FrontEnd>, needs: { skip?: string }): void {
  describe(`displays in ${name}`, needs, () => {
    let front: FrontEnd;
    let page: Page;
    before(async () => {
      front = await start();
      writeNotebook(join(front.folder, "displays.ipynb"), [setup, ...Object.values(displays)]);
    });
    after(() => front?.stop());

    /** @param live maps are drawn by WebGL, and tables have all their rows */
    async function compare(state: string, live: boolean): Promise<void> {
      const wrong: string[] = [];
      for (const [i, display] of Object.keys(displays).entries()) {
        const output = await front.output(page, i + 1);
        if (live && maps.has(display)) {
          await isDrawn(page, output, ".canvas canvas");
          // The stored picture lies over it until its first frame.
          await output.waitForSelector(".fused-widget > img", { state: "detached" });
        }
        if (live && tables.has(display)) await isDrawn(page, output, ".fk-count");
        const picture = await settled(output);
        const difference = await differsFrom(`${name}-${state}-${display}`, picture);
        if (!difference) continue;
        wrong.push(`${display} differs in ${difference}`);
        if (pictures) writeFileSync(join(pictures, `${name}-${state}-${display}.png`), picture);
      }
      assert.deepEqual(wrong, []);
    }

    test("live", async () => {
      page = await front.open("displays.ipynb");
      await front.runAll(page);
      await compare("live", true);
      await front.save(page);
    });

    test("an output stores less than 150 KB, and no library's code", () => {
      const { cells } = JSON.parse(readFileSync(join(front.folder, "displays.ipynb"), "utf8")) as {
        cells: NotebookCell[];
      };
      for (const output of cells.flatMap(({ outputs = [] }) => outputs)) {
        const text = JSON.stringify(output);
        assert.ok(text.length < 150_000, `${Object.keys(output.data ?? {}).join()} takes ${text.length} bytes`);
        assert.doesNotMatch(text, /luma\.gl|deck\.gl/);
      }
    });

    test("loaded again, its kernel alive", async () => {
      await page.close();
      page = await front.open("displays.ipynb");
      await compare("again", true);
    });

    test("without our extension: by the page's own socket", async () => {
      await page.close();
      page = await front.open("displays.ipynb", true);
      assert.equal(await front.isTrusted(page), true);
      await compare("bare", true);
    });

    test("loaded again, its kernel gone", async () => {
      await front.endKernel(page);
      await page.close();
      page = await front.open("displays.ipynb");
      await compare("gone", false);
    });

    test("in a notebook that is not trusted", async () => {
      await page.close();
      copyUntrusted(front, "displays.ipynb", "untrusted.ipynb");
      page = await front.open("untrusted.ipynb");
      assert.equal(await front.isTrusted(page), false);
      await compare("untrusted", false);
    });

    test("no page asked anything of any other origin", () => {
      const asked = front.requested.filter((url) => /^(https?|wss?):/.test(url)).map((url) => new URL(url).host);
      assert.equal(new Set(asked).size, 1, [...new Set(asked)].join());
    });
  });
}

async function isDrawn(page: Page, output: ElementHandle, selector: string): Promise<void> {
  try {
    await output.waitForSelector(selector, { timeout: 30_000, state: "attached" });
  } catch (error) {
    if (pictures) await page.screenshot({ path: join(pictures, "not-drawn.png") });
    throw error;
  }
}

/** A picture of an output when it has come to rest. */
async function settled(output: ElementHandle): Promise<Buffer> {
  let last = await output.screenshot();
  for (let left = 40; left > 0; left--) {
    await new Promise((next) => setTimeout(next, 250));
    const next = await output.screenshot();
    if (next.equals(last)) break;
    last = next;
  }
  return last;
}
