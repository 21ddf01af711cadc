import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium, type Locator } from "playwright-core";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { chromiumFlags, chromiumPath, needsChromium } from "./widget-page.ts";

const cells = [
  `%%udf tint
function tint(bounds: fused.types.Bounds) {
  return { data: new Uint8Array(64 * 64).fill(90), width: 64, height: 64 };
}`,
  `Array.from({ length: 3000 }, (_, i) => ({ id: i, place: \`place \${i}\` }))`,
  `fused.map([tint, { data: { type: "Feature", geometry: { type: "Point", coordinates: [0, 0] }, properties: { name: "zero" } } }])`,
];

test(
  "a page of run --html works from the file system, offline: a map pans, zooms and tells what is at a place, a table scrolls",
  needsChromium,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "fused-export-"));
    const notebook = join(folder, "map.ipynb");
    const page = join(folder, "map.html");
    writeFileSync(
      notebook,
      JSON.stringify({
        cells: cells.map((source, i) => ({
          id: `cell-${i}`,
          cell_type: "code",
          source,
          metadata: {},
          outputs: [],
          execution_count: null,
        })),
        metadata: { kernelspec: { name: "fused-ts", display_name: "TypeScript (Fused)", language: "typescript" } },
        nbformat: 4,
        nbformat_minor: 5,
      }),
    );
    execFileSync(process.execPath, [join(packageRoot, "bin", "fused-kernel.js"), "run", notebook, "--html", page], {
      env: { ...process.env, FUSED_CACHE_DIRECTORY: join(folder, "cache") },
      stdio: "pipe",
    });
    const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumFlags });
    try {
      const context = await browser.newContext({ offline: true, viewport: { width: 700, height: 900 } });
      const shown = await context.newPage();
      const requested: string[] = [];
      const errors: string[] = [];
      shown.on("request", (request) => requested.push(request.url()));
      shown.on("pageerror", ({ message }) => errors.push(message));
      await shown.goto(pathToFileURL(page).href);
      await shown.waitForSelector(".fused-live .canvas canvas", { timeout: 60_000 });
      await shown.waitForSelector(".fused-live .legend h4", { timeout: 60_000 });
      assert.match((await shown.locator(".fused-live .legend").textContent())!, /tint/);

      const map = shown.locator(".fused-live .canvas").last();
      await map.scrollIntoViewIfNeeded();
      const { x, y, width, height } = (await map.boundingBox())!;
      await shown.mouse.move(x + width / 2, y + height / 2);
      await shown.locator(".fused-live .tooltip", { hasText: "zero" }).waitFor({ timeout: 30_000 });
      await shown.mouse.move(x + 40, y + 40);
      const before = await map.screenshot();
      await shown.locator(".fused-live [aria-label='Zoom in']").click();
      await otherThan(map, before, "the map, nearer");
      const nearer = await map.screenshot();
      await shown.mouse.move(x + width / 3, y + height / 2);
      await shown.mouse.down();
      await shown.mouse.move(x + width / 3 + 90, y + height / 2 + 40, { steps: 4 });
      await shown.mouse.up();
      await otherThan(map, nearer, "the map, moved");

      const table = shown.locator(".fused-live regular-table");
      await shown.locator(".fused-live td", { hasText: /^place 0$/ }).waitFor();
      await table.evaluate((element: { scrollTop: number; scrollHeight: number }) => {
        element.scrollTop = element.scrollHeight;
      });
      await shown.locator(".fused-live td", { hasText: /^place 2999$/ }).waitFor();
      assert.deepEqual(
        requested.filter((url) => !/^(data|blob|file):/.test(url)),
        [],
      );
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
    }
  },
);

async function otherThan(of: Locator, before: Buffer, what: string): Promise<void> {
  for (let left = 100; (await of.screenshot()).equals(before); left--) {
    assert.ok(left > 0, `waited in vain for ${what}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}
