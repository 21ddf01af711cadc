import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { launchChromium } from "../test/widgets/table-page.ts";

const folder = fileURLToPath(new URL(".peers/hightable", import.meta.url));

/**
 * hightable with rows that the page itself computes, the most favourable case for it: nothing is fetched.
 * @returns milliseconds and frames a second; undefined where it is not installed
 */
export async function hightablePage(rows: number): Promise<{ firstDraw: number; frames: number } | undefined> {
  if (!existsSync(`${folder}/node_modules/hightable`)) return undefined;
  const { outputFiles } = await build({
    stdin: { contents: script(rows), resolveDir: folder, loader: "jsx" },
    bundle: true,
    minify: true,
    format: "iife",
    write: false,
    outdir: "/out",
    define: { "process.env.NODE_ENV": '"production"' },
    loader: { ".css": "css" },
  });
  const text = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  const browser = await launchChromium();
  const draws: number[] = [];
  let frames = 0;
  for (let i = 0; i < 5; i++) {
    const page = await browser.newPage({ viewport: { width: 1040, height: 480 } });
    page.on("pageerror", (error) => console.error(error));
    await page.setContent('<div id="table" style="width: 1000px; height: 420px; display: flex"></div>');
    await page.addStyleTag({ content: text(".css") });
    await page.addScriptTag({ content: text(".js") });
    draws.push(await page.evaluate(() => (globalThis as unknown as { firstDraw: Promise<number> }).firstDraw));
    if (i === 4) {
      frames = await page.evaluate(async () => {
        let scroller = document.querySelector<HTMLElement>("tbody td")!;
        while (
          scroller.scrollHeight <= scroller.clientHeight + 1 ||
          getComputedStyle(scroller).overflowY === "visible"
        ) {
          scroller = scroller.parentElement!;
        }
        const start = performance.now();
        let count = 0;
        while (performance.now() - start < 2_000) {
          scroller.scrollTop += 330;
          await new Promise(requestAnimationFrame);
          count++;
        }
        return (1000 * count) / (performance.now() - start);
      });
    }
    await page.close();
  }
  return { firstDraw: draws.toSorted((a, b) => a - b)[2]!, frames };
}

const script = (rows: number): string => `
import React from "react";
import { createRoot } from "react-dom/client";
import HighTable from "hightable";
import "hightable/src/HighTable.css";

const words = ["Alfa", "Bravo", "Delta", "Echo", "Golf", "Hotel", "India", "Kilo"];
const read = { id: (row) => row, value: (row) => (row * 7919) % 10007, word: (row) => words[row % 8] };
const data = {
  columnDescriptors: Object.keys(read).map((name) => ({ name, sortable: true })),
  numRows: ${rows},
  getRowNumber: ({ row }) => ({ value: row }),
  getCell: ({ row, column }) => ({ value: read[column](row) }),
};
const start = performance.now();
createRoot(document.getElementById("table")).render(<HighTable data={data} focus={false} />);
globalThis.firstDraw = (async () => {
  while (!document.querySelector("tbody td")?.textContent) await new Promise(requestAnimationFrame);
  return performance.now() - start;
})();
`;
