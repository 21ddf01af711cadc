import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import {
  bundle,
  closeChromium,
  defineTable,
  needsChromium,
  openTablePage,
  removeTables,
  type TablePage,
} from "./table-page.ts";

/** A folder for pictures of the pages, for somebody who wants to look. */
const pictures = process.env.FUSED_TEST_PICTURES;

after(async () => {
  await closeChromium();
  removeTables();
});

const kinds = ["ice", "rock", "sand"];
const quakes = Array.from({ length: 50_000 }, (_, i) => ({
  id: i,
  place: i % 11 === 0 ? null : `place ${i % 97}`,
  magnitude: i % 7 === 0 ? null : ((i * 37) % 900) / 100,
  felt: i % 3 === 0,
  kind: kinds[i % 3],
  where: { type: "Point", coordinates: [i % 180, i % 80] },
}));

const text = (page: Page, selector: string) =>
  page.evaluate(
    (given) =>
      [...document.querySelector("#table")!.shadowRoot!.querySelectorAll<HTMLElement>(given)].map(
        (each) => each.innerText,
      ),
    selector,
  );
/** Texts of a column of the rows in view; the first is the row numbers. */
const column = async (page: Page, number: number): Promise<string[]> =>
  (await text(page, `tbody tr > :nth-child(${number + 2})`)).map((each) => each.trim());
const until = async (holds: () => Promise<boolean> | boolean, what: string): Promise<void> => {
  for (const late = Date.now() + 20_000; !(await holds());) {
    if (Date.now() > late) assert.fail(`waited in vain for ${what}`);
    await new Promise((next) => setTimeout(next, 30));
  }
};
const count = async (page: Page): Promise<string> => (await text(page, ".fk-count"))[0]!;
const head = (name: string): string => `.fk-head:has(.fk-sort span:text-is("${name}"))`;
const picture = async ({ page }: TablePage, name: string): Promise<void> => {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `table-${name}.png`) });
};

describe("the table in a browser", needsChromium, () => {
  test("its code is below 40 KiB, gzipped", async () => {
    const size = gzipSync(await bundle(), { level: 9 }).length;
    assert.ok(size < 40 * 1024, `${size} bytes`);
  });

  test("shows rows, summaries and nulls; sorts, filters and scrolls to the end", async () => {
    const opened = await openTablePage(await defineTable(quakes as never, { title: "Quakes" }));
    const { page } = opened;
    assert.equal(await count(page), "50,000 rows × 6 columns");
    assert.deepEqual((await column(page, 0)).slice(0, 3), ["0", "1", "2"]);
    assert.deepEqual((await column(page, 1)).slice(0, 2), ["null", "place 1"]);
    await until(async () => (await text(page, ".fk-nulls")).length === 2, "shares of nulls");
    assert.deepEqual(await text(page, ".fk-nulls"), ["9 % null", "14 % null"]);
    assert.equal(await page.locator(`${head("magnitude")} .fk-bar`).count(), 20);
    await picture(opened, "live");

    await page.locator(head("magnitude")).locator(".fk-sort").click();
    await page.locator(head("magnitude")).locator(".fk-sort").click();
    await until(async () => (await column(page, 2))[0] === "8.99", "the largest magnitude first");
    assert.match(await page.locator(head("magnitude")).innerText(), /▼/);

    await page.locator(head("kind")).locator(".fk-value", { hasText: "sand" }).click();
    await until(async () => (await count(page)).startsWith("16,666 of"), "the filtered count");
    await until(async () => (await column(page, 4)).slice(0, 5).every((each) => each === "sand"), "only sand");
    await page.locator(head("place")).locator(".fk-funnel").click();
    await page.locator(".fk-menu input").fill("place 96");
    await page.keyboard.press("Enter");
    await until(
      async () =>
        (await column(page, 1))
          .filter(Boolean)
          .slice(0, 5)
          .every((each) => each === "place 96"),
      "place 96",
    );
    assert.deepEqual(await text(page, ".fk-chip span"), ["kind is sand", "place contains “place 96”"]);
    await picture(opened, "filtered");
    await page.locator(".fk-chip button").first().click();
    await page.locator(".fk-chip button").first().click();
    await until(async () => (await count(page)) === "50,000 rows × 6 columns", "all rows again");

    await page.locator(".fk-body").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Control+End");
    await until(async () => (await text(page, "tbody th")).some((each) => each === "49,999"), "the last row");
    const last = page.locator("tbody th", { hasText: /^49,999$/ });
    const [row, grid] = [await last.boundingBox(), await page.locator("regular-table").boundingBox()];
    assert.ok(row!.y + row!.height <= grid!.y + grid!.height, "the last row is in view as a whole");
    await until(async () => (await column(page, 0)).every((each) => each !== "…"), "its cells");
    await opened.close();
  });

  test("dragging over a histogram filters by its range", async () => {
    const opened = await openTablePage(await defineTable(quakes as never));
    const { page } = opened;
    const bars = page.locator(`${head("id")} .fk-bins`);
    await bars.waitFor();
    const box = (await bars.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width + 30, box.y + 10, { steps: 4 });
    await page.mouse.up();
    await until(async () => /^2[45],\d{3} of 50,000/.test(await count(page)), "about half of the rows");
    await until(async () => Number((await column(page, 0))[0]!) >= 24_000, "rows of the range");
    await opened.close();
  });

  test("what is selected with mouse and keys is copied with tabs and told to the cell", async () => {
    const opened = await openTablePage(await defineTable(quakes as never));
    const { page, toSession } = opened;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const cell = (row: number, at: number) => page.locator(`tbody tr:nth-child(${row + 1}) > :nth-child(${at + 2})`);
    await cell(1, 0).click();
    await cell(3, 1).click({ modifiers: ["Shift"] });
    await page.keyboard.press("Control+c");
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await until(async () => (await copied()) === "id\tplace\n1\tplace 1\n2\tplace 2\n3\tplace 3", "the copied cells");
    const isSelected = (rows: number[], columns: number[]) => () =>
      JSON.stringify(toSession.at(-1)?.fields) === JSON.stringify({ rows, columns });
    await until(isSelected([1, 2, 3], [0, 1]), "the selection");

    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await until(isSelected([4, 5], [1]), "cells moved by keys");
    await page.locator("tbody tr:nth-child(3) > th").click();
    await page.locator("tbody tr:nth-child(6) > th").click({ modifiers: ["Control"] });
    await until(() => JSON.stringify(toSession.at(-1)?.fields.rows) === "[2,5]", "two rows");
    assert.equal((toSession.at(-1)!.fields.columns as number[]).length, 6);
    await picture(opened, "selected");
    await page.keyboard.press("Escape");
    await until(() => JSON.stringify(toSession.at(-1)?.fields.rows) === "[]", "nothing");
    await opened.close();
  });

  test("downloads what is shown", async () => {
    const opened = await openTablePage(await defineTable(quakes.slice(0, 100) as never, { title: "Quakes: all" }));
    const { page } = opened;
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("text=CSV").click()]);
    assert.equal(download.suggestedFilename(), "Quakes- all.csv");
    const file = readFileSync(await download.path(), "utf8");
    assert.equal(file.trim().split("\n").length, 101);
    assert.match(file, /^id,place,magnitude,felt,kind,where/);
    await opened.close();
  });

  test("can be used by keys and a screen reader alone", async () => {
    const opened = await openTablePage(await defineTable(quakes as never, { title: "Quakes" }));
    const { page } = opened;
    const grid = page.locator("[role=grid]");
    assert.equal(await grid.getAttribute("aria-rowcount"), "50000");
    assert.equal(await grid.getAttribute("aria-label"), "Quakes");
    await page.locator(head("id")).locator(".fk-sort").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await until(async () => (await column(page, 0))[0] === "49999", "sorted by keys");
    assert.equal(await page.locator(`th:has(${head("id")})`).getAttribute("aria-sort"), "descending");
    for (const button of await page.locator("button:visible").all()) {
      const label = (await button.getAttribute("aria-label")) ?? (await button.innerText());
      assert.notEqual(label.trim(), "", await button.evaluate((each) => each.outerHTML));
    }
    await opened.close();
  });

  test("300 columns: only those in view are drawn, and the last can be reached", async () => {
    const wide = Array.from({ length: 1_000 }, (_, i) =>
      Object.fromEntries(Array.from({ length: 300 }, (_c, c) => [`c${c}`, i * c])),
    );
    const opened = await openTablePage(await defineTable(wide as never));
    const { page } = opened;
    assert.ok((await page.locator("tbody td").count()) < 600);
    await page.locator(".fk-body").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("End");
    await until(async () => (await text(page, ".fk-sort span:first-child")).includes("c299"), "the last column");
    await until(async () => (await text(page, "tbody tr:nth-child(2) td")).at(-1) === "299", "its cells");
    await opened.close();
  });

  test("without its kernel it shows the rows that the notebook stores, and says so; in the dark", async () => {
    const opened = await openTablePage(await defineTable(quakes as never, { title: "Quakes" }), {
      gone: true,
      theme: "dark",
    });
    const { page } = opened;
    assert.match(
      (await text(page, ".fk-bar-top"))[0]!,
      /a part of 50,000 rows × 6 columns: run the cell again for all/,
    );
    assert.deepEqual((await column(page, 0)).slice(0, 2), ["0", "1"]);
    assert.equal(await page.locator(".fk-funnel:visible").count(), 0);
    await picture(opened, "gone");
    await opened.close();
  });

  test("that loses its kernel keeps what it has; an empty table says so", async () => {
    const opened = await openTablePage(await defineTable(quakes as never));
    const { page } = opened;
    await page.evaluate(() => (globalThis as unknown as { loseKernel(): void }).loseKernel());
    await until(async () => /a part of/.test((await text(page, ".fk-bar-top"))[0]!), "word of the loss");
    assert.equal((await column(page, 0))[0], "0");
    await opened.close();
    const empty = await openTablePage(await defineTable({ a: [], b: [] }));
    assert.equal(await count(empty.page), "0 rows × 2 columns");
    await until(async () => (await text(empty.page, ".fk-sort span:first-child")).join() === "a,b", "its columns");
    await picture(empty, "empty");
    await empty.close();
  });

  test("gives a picture of what it shows", async () => {
    const opened = await openTablePage(await defineTable(quakes as never));
    const size = await opened.page.evaluate(async () => {
      const { table } = globalThis as unknown as { table: { snapshot(): Promise<Blob> } };
      const bitmap = await createImageBitmap(await table.snapshot());
      return [bitmap.width > 400, bitmap.height > 300];
    });
    assert.deepEqual(size, [true, true]);
    await opened.close();
  });
});
