import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { needsChromium, openWidgetLab, type WidgetLab } from "./widget-page.ts";

const features = `[[0, 0], [10, 10], [20, 0]].map((coordinates, n) => ({
  type: "Feature", geometry: { type: "Point", coordinates }, properties: { depth: n } }))`;

interface AxNode {
  role?: { value: string };
  name?: { value: string };
  ignored: boolean;
}

/** What a screen reader is told of a page. */
async function tree(page: Page): Promise<{ role: string; name: string }[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = (await session.send("Accessibility.getFullAXTree")) as { nodes: AxNode[] };
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => ({ role: role?.value ?? "", name: name?.value ?? "" }));
}

/** In the page: texts and pictures of buttons in the widgets, with the contrast to what is under them (WCAG 2.2, 1.4.3). */
const contrasts = `(() => {
  const parse = (colour) => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
  const light = (colour) => { const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const parentOf = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = parentOf(at)) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255, 1]);
  };
  const found = [];
  const visit = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) visit(node.shadowRoot);
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== "");
      const isIcon = node.localName === "svg" && node.closest("button");
      if ((!own && !isIcon) || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || node.closest(":disabled, style, script")) continue;
      if (node.closest(".fk-bins")) continue;
      const behind = ground(node);
      const [a, b] = [light(over(parse(getComputedStyle(node).color), behind)), light(behind)].sort((x, y) => y - x);
      found.push({ text: isIcon ? "icon of " + node.closest("button").ariaLabel : node.textContent.trim().slice(0, 30), isIcon: !!isIcon, ratio: (a + 0.05) / (b + 0.05) });
    }
  };
  visit(document);
  return found;
})()`;

describe("for people who use keys, or a screen reader, or see less", needsChromium, () => {
  let lab: WidgetLab;
  let bundles: Record<string, unknown>[];
  before(async () => {
    lab = await openWidgetLab();
    const map = await lab.run(`fused.map(${features}, { title: "Quakes" })`);
    const table = await lab.run(`fused.table(${features}.map(({ properties }) => properties), { title: "Depths" })`);
    bundles = [map.bundles[0]!, table.bundles[0]!];
  });
  after(() => lab?.close());
  async function open(theme: "light" | "dark" = "light"): Promise<Page> {
    const page = await lab.open(bundles[0]!, { others: [bundles[1]!], theme, height: 760 });
    await page.waitForSelector("#host-0 .legend h4", { timeout: 40_000 });
    await page.waitForSelector("#host-1 .fk-count");
    return page;
  }

  test("a screen reader is told of every button, of the map and of the table", async () => {
    const page = await open();
    const told = await tree(page);
    const unnamed = told.filter(({ role, name }) => /^(button|slider|checkbox|combobox|textbox)$/.test(role) && !name);
    assert.deepEqual(unnamed, []);
    for (const name of ["Zoom in", "Zoom out", "Layers", "Full screen", "CSV"]) {
      assert.ok(
        told.some((each) => each.role === "button" && each.name === name),
        `a button "${name}"`,
      );
    }
    assert.ok(told.some(({ role, name }) => role === "grid" && name === "Depths"));
    assert.ok(told.some(({ name }) => name.startsWith("Map. Arrow keys pan")));
    await page.close();
  });

  test("keys go through the map's tools and on to the table, and each place that they reach is marked", async () => {
    const page = await open();
    const seen: string[] = [];
    for (let step = 0; step < 30; step++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate<{ name: string; isMarked: boolean } | null>(`(() => {
        let node = document.activeElement;
        while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
        if (!node || node === document.body) return null;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(node);
        const isMarked = (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
        return { name: node.ariaLabel ?? node.textContent.trim(), isMarked };
      })()`);
      if (!at) break;
      assert.ok(at.isMarked, `the focus is to be seen at "${at.name}"`);
      seen.push(at.name);
    }
    const [map, zoom, grid] = [
      seen.findIndex((name) => name.startsWith("Map.")),
      seen.indexOf("Zoom in"),
      seen.indexOf("Depths"),
    ];
    assert.ok(map >= 0 && map < zoom && zoom < grid, seen.join(" → "));
    assert.equal(new Set(seen).size, seen.length, `no place twice: ${seen.join(" → ")}`);
    await page.close();
  });

  test("arrows pan the map, plus and minus zoom it; arrows go through the table's cells", async () => {
    const page = await open();
    const views = async (): Promise<number> =>
      page.evaluate("window.sent.filter(({ kind }) => kind === 'view').length");
    await page.locator("#host-0 canvas[role='application']").focus();
    for (const key of ["ArrowRight", "+", "-"]) {
      const before = await views();
      await page.keyboard.press(key);
      for (const late = Date.now() + 20_000; (await views()) === before;) {
        assert.ok(Date.now() < late, `${key} changes the view`);
        await page.waitForTimeout(50);
      }
    }
    await page.locator("#host-1 .fk-body").focus();
    await page.keyboard.press("ArrowDown");
    await page.locator("#host-1 td.fk-focus").waitFor();
    await page.close();
  });

  for (const theme of ["light", "dark"] as const) {
    test(`texts stand out by 4.5 to 1 and icons by 3 to 1, ${theme}`, async () => {
      const page = await open(theme);
      await page.locator("#host-0 .tools [aria-label='Layers']").click();
      const found = await page.evaluate<{ text: string; isIcon: boolean; ratio: number }[]>(contrasts);
      assert.ok(found.length > 20);
      const faint = found.filter(({ isIcon, ratio }) => ratio < (isIcon ? 3 : 4.5));
      assert.deepEqual(faint, []);
      await page.close();
    });
  }

  test("nothing moves by itself for who wants less motion", async () => {
    const page = await open();
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.reload();
    await page.waitForSelector("#host-0 .legend h4", { timeout: 40_000 });
    const moving = await page.evaluate<string[]>(`(() => {
      const found = [];
      const visit = (root) => {
        for (const node of root.querySelectorAll("*")) {
          if (node.shadowRoot) visit(node.shadowRoot);
          const { transitionDuration, animationName } = getComputedStyle(node);
          if (/[1-9]/.test(transitionDuration) || animationName !== "none") found.push(node.className || node.localName);
        }
      };
      visit(document);
      return found;
    })()`);
    assert.deepEqual(moving, []);
    await page.close();
  });

  test("pictures that stand in a notebook say what is to be seen", () => {
    const [, alt] = /<img[^>]* alt="([^"]+)"/.exec(String(bundles[0]!["text/html"])) ?? [];
    assert.match(alt!, /^Map: Quakes: 3 features.*°/);
  });
});
