import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { chromiumFlags, chromiumPath, needsChromium } from "./widget-page.ts";

const cells = [
  `%%udf tint
function tint(bounds: fused.types.Bounds) {
  return { data: new Uint8Array(64 * 64).fill(90), width: 64, height: 64 };
}`,
  `fused.map([tint, { data: { type: "Feature", geometry: { type: "Point", coordinates: [0, 0] }, properties: { name: "zero" } } }])`,
];

test(
  "a page of run --html has a live map: from the file system, offline, with nothing asked for",
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
