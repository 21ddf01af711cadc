import { rmSync } from "node:fs";
import * as arrow from "apache-arrow";
import { gzipSync } from "node:zlib";
import { bundle, closeChromium, defineTable, openTablePage, removeTables } from "../test/widgets/table-page.ts";
import type { TablePage } from "../test/widgets/table-page.ts";
import { hightablePage } from "./widgets-table-peer.ts";

/**
 * The figures of the table in headless Chromium (software drawing), each beside its limit, and hightable beside ours in the
 * same run where it is installed (`node bench/install-peers.js`).
 * `node --no-node-snapshot bench/widgets-table.bench.ts [ROWS …]`; default 1000000 and 100000000 rows.
 */
const sizes = process.argv.slice(2).map(Number);

function report(name: string, value: string, ...rest: string[]): void {
  console.log([name.padEnd(52), value.padStart(12), ...rest].join("   "));
}

/** Whole numbers, floats, a word of eight: nine bytes a row. */
function makeTable(rows: number): arrow.Table {
  const ids = new Int32Array(rows);
  const values = new Float32Array(rows);
  const codes = new Int8Array(rows);
  for (let i = 0; i < rows; i++) {
    ids[i] = i;
    values[i] = (i * 7919) % 10_007;
    codes[i] = i % 8;
  }
  const words = arrow.vectorFromArray(
    ["Alfa", "Bravo", "Delta", "Echo", "Golf", "Hotel", "India", "Kilo"],
    new arrow.Utf8(),
  );
  const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8());
  const data = arrow.makeData({ type, length: rows, nullCount: 0, data: codes, dictionary: words } as never);
  return new arrow.Table({
    id: arrow.makeVector(ids),
    value: arrow.makeVector(values),
    word: new arrow.Vector([data as unknown as arrow.Data]),
  });
}

/** Frames a second while the page scrolls for two seconds, ten rows a frame, and how many of them showed other rows. */
function scroll({ page }: TablePage) {
  return page.evaluate(async () => {
    const grid = document.querySelector("#table")!.shadowRoot!.querySelector("regular-table")!;
    const start = performance.now();
    let [frames, drawn, last] = [0, 0, ""];
    while (performance.now() - start < 2_000) {
      grid.scrollTop += 240;
      await new Promise(requestAnimationFrame);
      const first = grid.querySelector("tbody th")!.textContent;
      if (first !== last) drawn++;
      last = first;
      frames++;
    }
    const seconds = (performance.now() - start) / 1000;
    return { frames: frames / seconds, drawn: drawn / seconds };
  });
}

/** Milliseconds from a jump to the middle of the table until its cells are there. */
function jump({ page }: TablePage) {
  return page.evaluate(async () => {
    const grid = document.querySelector("#table")!.shadowRoot!.querySelector("regular-table")!;
    const cells = () => [...grid.querySelectorAll<HTMLElement>("tbody td")].map((td) => td.textContent);
    const before = cells()[0];
    const start = performance.now();
    grid.scrollTop = grid.scrollHeight / 2;
    for (;;) {
      await new Promise(requestAnimationFrame);
      const now = cells();
      if (now[0] !== before && !now.includes("…")) return performance.now() - start;
    }
  });
}

async function measure(rows: number): Promise<void> {
  const name = `${rows.toLocaleString("en-US")} rows`;
  const table = makeTable(rows);
  const start = performance.now();
  const definition = await defineTable(table);
  report(`${name}: handed to the kernel`, `${(performance.now() - start).toFixed(0)} ms`);
  const draws: number[] = [];
  for (let i = 0; i < 5; i++) {
    const opened = await openTablePage(definition, { keep: true });
    draws.push(opened.firstDraw);
    if (i < 4) {
      await opened.close();
      continue;
    }
    const isLarge = rows >= 10_000_000;
    report(
      `${name}: first draw, median of 5`,
      `${draws.toSorted((a, b) => a - b)[2]!.toFixed(0)} ms`,
      isLarge ? "" : "must be < 60 ms",
    );
    await opened.page.waitForTimeout(isLarge ? 6_000 : 2_000);
    const { frames, drawn } = await scroll(opened);
    const limit = isLarge ? "must be ≥ 45" : "must be ≥ 50";
    report(`${name}: frames a second, scrolling`, frames.toFixed(0), `${drawn.toFixed(0)} with other rows`, limit);
    report(`${name}: jump to the middle`, `${(await jump(opened)).toFixed(0)} ms`);
    await opened.close();
  }
  const { path } = definition.more as { path: string };
  rmSync(path, { force: true });
}

report(
  "code of the table, gzip",
  `${(gzipSync(await bundle(), { level: 9 }).length / 1024).toFixed(1)} KiB`,
  "must be < 40 KiB",
);
for (const rows of sizes.length > 0 ? sizes : [1_000_000, 100_000_000]) await measure(rows);
const peer = await hightablePage(1_000_000);
if (peer) {
  report("hightable, 1,000,000 rows: first draw, median of 5", `${peer.firstDraw.toFixed(0)} ms`);
  report("hightable, 1,000,000 rows: frames a second, scrolling", peer.frames.toFixed(0));
} else console.log("hightable is not installed: node bench/install-peers.js");
await closeChromium();
removeTables();
