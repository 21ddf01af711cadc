import { spawn } from "node:child_process";
import type { Page } from "playwright-core";
import { build } from "esbuild";
import { packageRoot } from "../kernelspec/package-root.ts";
import { mapChunks } from "../test/widgets/map-chunks.ts";
import { openWidgetLab, payloadOf } from "../test/widgets/widget-page.ts";
import type { WidgetLab } from "../test/widgets/widget-page.ts";

/**
 * The figures of live maps, in headless Chromium without a graphics card, each beside its limit.
 * `node --no-node-snapshot bench/widgets.bench.ts`
 */
const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN;
const report = (name: string, value: string, bound = "") =>
  console.log([name.padEnd(52), value.padStart(16), bound].join("   "));
const milliseconds = (time: number) => `${time.toFixed(0)} ms`;

/** What the page measures of its tiles: from the request to the content in hand; in it the UDF's own time, and the kernel's. */
interface TileTimes {
  total: number;
  run: number;
  kernel: number;
}

/** Wraps the page's socket to take the time from each request for a tile to its answer. */
const timing = `
window.tileTimes = [];
const asked = new Map();
const { parse } = JSON;
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (text) {
  const { content } = parse(text);
  if (content.data?.kind === "tile") asked.set(content.data.req, performance.now());
  return send.call(this, text);
};
JSON.parse = (text, ...rest) => {
  const value = parse(text, ...rest);
  for (const { req, ms, cache } of value?.content?.data?.tiles ?? []) {
    const since = asked.get(req);
    if (since !== undefined && !cache) window.tileTimes.push({ total: performance.now() - since, run: ms.run, kernel: ms.queue + ms.encode });
  }
  return value;
};`;

const zoomIn = `document.querySelector("#host-0 .fused-widget > div").shadowRoot.querySelector("[aria-label='Zoom in']").click()`;

const lab = await openWidgetLab();
try {
  codeSize();
  await tiles(lab);
  await firstFrame(lab);
  await points();
  await storm(lab);
} finally {
  await lab.close();
}

/** The chunks that a page with a map fetches, once. */
function codeSize(): void {
  const bytes = mapChunks().reduce((sum, { size }) => sum + size, 0);
  report("map code sent to a page, gzip", `${Math.round(bytes / 1024)} KiB`, "at most 450 KiB");
}

async function openMap(bundle: Record<string, unknown>, isStill = false): Promise<Page> {
  const page = await lab.open(bundle, { width: 520, height: 480, before: timing, isStill });
  await page.waitForSelector("#host-0 .canvas canvas");
  return page;
}

async function tiles({ run, start }: WidgetLab): Promise<void> {
  await run(`%%udf tint --cache-max-age 0
function tint(bounds: fused.types.Bounds) {
  const data = new Float32Array(256 * 256).map((_, i) => i / 65536);
  return { data, width: 256, height: 256 };
}`);
  let west = -60;
  /** Zooms in ten times on a map of its own: no tile was ever asked for. */
  const measure = async (
    isStill: boolean,
    meanwhile?: () => (() => unknown) | Promise<unknown>,
  ): Promise<TileTimes[]> => {
    const { bundles } = await run(`fused.map(tint, { bounds: [${west}, -40, ${(west += 7) + 113}, 50] })`);
    const page = await openMap(bundles.at(-1)!, isStill);
    const zoom = async (steps: number): Promise<void> => {
      for (let step = 0; step < steps; step++) {
        const before = await page.evaluate<number>("window.tileTimes.length");
        await page.evaluate(zoomIn);
        await page.waitForFunction(`window.tileTimes.length > ${before}`, undefined, { timeout: 4000 }).catch(() => {});
        await page.waitForTimeout(400);
      }
    };
    await zoom(2);
    await page.evaluate("window.tileTimes.length = 0");
    const other = meanwhile?.();
    await zoom(10);
    if (typeof other === "function") other();
    else await other;
    const times = await page.evaluate<TileTimes[]>("window.tileTimes");
    await page.close();
    return times;
  };
  const beyond = (times: TileTimes[]) => median(times.map(({ total, run: own }) => total - own));
  const kernels = (times: TileTimes[]) =>
    `${median(times.map(({ kernel }) => kernel)).toFixed(1)} ms of it in the kernel`;
  const still = await measure(true);
  const busyCell = await measure(true, () => start("const until = Date.now() + 15_000; while (Date.now() < until);"));
  const busyOther = await measure(true, () => {
    const loop = spawn(process.execPath, ["-e", "for (;;);"]);
    return () => loop.kill("SIGKILL");
  });
  const flying = await measure(false);
  const line = (name: string, times: TileTimes[], bound: string) =>
    report(name, milliseconds(beyond(times)), `${bound}; ${kernels(times)}, ${times.length} tiles`);
  line("tile beyond the UDF's own time, median", still, "under 40 ms");
  line(
    "… while a cell computes",
    busyCell,
    `${(beyond(busyCell) / beyond(still)).toFixed(2)} of the first, at most 1.5`,
  );
  line(
    "… while a process of somebody else's does",
    busyOther,
    `${(beyond(busyOther) / beyond(still)).toFixed(2)}: the floor`,
  );
  line("… while the page flies into the depth", flying, "without a graphics card 35 ms a frame");
}

interface Given {
  payload: unknown;
  picture: unknown;
}

/**
 * From the end of a cell to the map's first frame and first tile, on a page that has the code; beside it deck.gl alone
 * with one layer, made on the same page in turns, which no map can be faster than.
 */
async function firstFrame({ run, open }: WidgetLab): Promise<void> {
  const { bundles } = await run("fused.map(tint, { bounds: [-60, -40, 60, 50] })");
  const page = await open(bundles.at(-1)!, { width: 520, height: 480, before: timing });
  await page.waitForFunction(isDrawn("#host-0"), undefined, { timeout: 30_000 });
  await page.addScriptTag({ content: await deckAlone() });
  const [frames, floors, firstTiles]: number[][] = [[], [], []];
  for (let round = 0; round < 5; round++) {
    floors!.push(await page.evaluate<number>("deckAlone()"));
    const next = (await run(`fused.map(tint, { bounds: [${round * 20 - 60}, -40, ${round * 20}, 50] })`)).bundles.at(
      -1,
    )!;
    const given: Given = { payload: payloadOf(next), picture: next["image/png"] };
    await page.evaluate("window.tileTimes.length = 0");
    const shown = await page.evaluate<number, Given>(async (one) => {
      const { show } = window as unknown as { show(one: Given): { dispose(): void } };
      const since = performance.now();
      const widget = show(one);
      const isThere = (): boolean => {
        const body = document.body.firstElementChild!.querySelector(".fused-widget > div");
        return (
          Boolean(body?.shadowRoot?.querySelector("canvas")) && !body!.parentElement!.querySelector(":scope > img")
        );
      };
      while (!isThere()) await new Promise((next) => requestAnimationFrame(next));
      const taken = performance.now() - since;
      const until = performance.now() + 5000;
      const { tileTimes } = window as unknown as { tileTimes: unknown[] };
      while (tileTimes.length === 0 && performance.now() < until) await new Promise((next) => setTimeout(next, 5));
      widget.dispose();
      return taken;
    }, given);
    frames!.push(shown);
    firstTiles!.push((await page.evaluate<TileTimes[]>("window.tileTimes"))[0]?.total ?? NaN);
  }
  const [frame, floor] = [median(frames!), median(floors!)];
  report("map shown, code loaded, to its first frame", milliseconds(frame), "under 500 ms, on a graphics card");
  report(
    "… deck.gl alone, one layer, same page",
    milliseconds(floor),
    `the map takes ${(frame / floor).toFixed(2)} of it`,
  );
  report("… its first tile, from request to content", milliseconds(median(firstTiles!)), "under 250 ms");
  await page.close();
}

function isDrawn(host: string): string {
  return `document.querySelector("${host} .fused-widget > div")?.shadowRoot?.querySelector("canvas") &&
    !document.querySelector("${host} .fused-widget > img")`;
}

/** A function \`deckAlone\` for a page: milliseconds from \`new Deck\` with one layer to its first frame. */
async function deckAlone(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      resolveDir: packageRoot,
      contents: `import { Deck, MapView } from "@deck.gl/core";
import { SolidPolygonLayer } from "@deck.gl/layers";
globalThis.deckAlone = () => new Promise((resolve) => {
  const parent = document.createElement("div");
  parent.style.cssText = "position: relative; width: 496px; height: 420px";
  document.body.prepend(parent);
  const since = performance.now();
  const deck = new Deck({
    parent, width: "100%", height: "100%", views: new MapView(), useDevicePixels: 1,
    deviceProps: { type: "webgl", webgl: { antialias: false } },
    initialViewState: { longitude: 0, latitude: 0, zoom: 1 },
    layers: [new SolidPolygonLayer({ data: [[[-20, -20], [20, -20], [20, 20]]], getPolygon: (each) => each, getFillColor: [200, 0, 0] })],
    onAfterRender() { const taken = performance.now() - since; setTimeout(() => { deck.finalize(); parent.remove(); resolve(taken); }); },
  });
});`,
    },
    bundle: true,
    minify: true,
    format: "iife",
    write: false,
    // As our own: a second deck.gl under its own name would refuse the page.
    define: { "globalThis.deck": "globalThis.__benchDeck", "globalThis.luma": "globalThis.__benchLuma" },
  });
  return outputFiles[0]!.text;
}

/** From the layer's columns in the kernel's hands to arrays that a graphics card takes, as binary and as JSON. */
async function points(): Promise<void> {
  const [{ tableFromArrays }, { encodeFeatures }, { decodeFeatures }, { featureSet }] = await Promise.all([
    import("apache-arrow"),
    import("../widgets/map/encode-features.ts"),
    import("../widgets/map/decode-features.ts"),
    import("../widgets/map/features.ts"),
  ]);

  const count = 1_000_000;
  const lng = Float64Array.from({ length: count }, (_, i) => ((i * 7919) % 36000) / 100 - 180);
  const lat = Float64Array.from({ length: count }, (_, i) => ((i * 104729) % 17000) / 100 - 85);
  const value = Float32Array.from({ length: count }, (_, i) => i % 1000);
  const table = tableFromArrays({ lng, lat, value });
  let since = performance.now();
  const { head, buffers } = encodeFeatures(await featureSet(table));
  const sent = buffers.map((each) => new Uint8Array(each));
  const decoded = decodeFeatures(head, sent);
  const binary = performance.now() - since;
  since = performance.now();
  const text = JSON.stringify(table.toArray().map((row) => ({ position: [row.lng, row.lat], value: row.value })));
  const read = JSON.parse(text) as { position: [number, number] }[];
  const positions = new Float32Array(2 * read.length);
  read.forEach(({ position }, i) => positions.set(position, 2 * i));
  const json = performance.now() - since;
  const bytes = sent.reduce((sum, each) => sum + each.length, 0);
  report(
    "1,000,000 points, table to arrays for the card",
    milliseconds(binary),
    `under 500 ms; ${(json / binary).toFixed(1)} × faster than JSON, at least 8`,
  );
  const raw = lng.byteLength + lat.byteLength + value.byteLength;
  report(
    "… bytes on the wire",
    `${(bytes / 1e6).toFixed(1)} MB`,
    `${(bytes / raw).toFixed(2)} of the raw columns; ${(text.length / 1e6).toFixed(1)} MB as JSON; ${decoded.count} points`,
  );
}

async function storm({ run }: WidgetLab): Promise<void> {
  await run(`%%udf slow --cache-max-age 0
async function slow(bounds: fused.types.Bounds) {
  await new Promise((done) => setTimeout(done, 1500));
  return { data: new Uint8Array(64 * 64), width: 64, height: 64 };
}`);
  const { bundles } = await run("const storm = fused.map(slow, { center: [0, 0], zoom: 3 }); storm");
  const page = await openMap(bundles.at(-1)!);
  for (let step = 0; step < 30; step++) {
    await run(
      `storm.flyTo({ longitude: ${-150 + 10 * step}, latitude: ${(step % 5) * 10}, zoom: ${4 + (step % 3)} }, { duration: 0 })`,
    );
    await page.waitForTimeout(100);
  }
  // Those that were not stopped end by then.
  await page.waitForTimeout(3000);
  const counts = await page.evaluate<Record<string, number>>(
    `new Promise((resolve) => { window.counts = resolve; window.ask("counts"); })`,
  );
  report("pan storm of 30 steps: longest queue", String(counts["longestQueue"]), "at most 16");
  const { asked, dropped, stopped, finished } = counts as Record<"asked" | "dropped" | "stopped" | "finished", number>;
  report("… requests, withdrawn in the queue", `${asked}, ${dropped}`);
  report(
    "… of the runs that were given up, stopped early",
    `${((100 * stopped) / Math.max(1, stopped + finished)).toFixed(0)} %`,
    `at least 90 %; ${stopped} of ${stopped + finished}`,
  );
  await page.close();
}
