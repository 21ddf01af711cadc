import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { createCanvas, loadImage, type SKRSContext2D } from "@napi-rs/canvas";
import { waitFor } from "../wait-for.ts";
import { openTileServer } from "./tile-server.ts";
import type { TileServer } from "./tile-server.ts";
import { needsChromium, openWidgetLab } from "./widget-page.ts";
import type { WidgetLab } from "./widget-page.ts";

/** The shadow root of the first map on a page, for scripts that run there. */
const shadow = `document.querySelector("#host-0 .fused-widget > div").shadowRoot`;

/** Red, green and blue of places on the map, as it is drawn. */
async function coloursAt(page: Page, places: number[][]): Promise<number[][]> {
  return page.evaluate(async (at) => {
    const shown = (window as unknown as { shown: { snapshot(): Promise<Blob> }[] }).shown[0]!;
    const image = await createImageBitmap(await shown.snapshot());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    return at.map(([x, y]) => [...context.getImageData(x!, y!, 1, 1).data.slice(0, 3)]);
  }, places);
}

const eventually = (what: string, holds: () => Promise<boolean>) => waitFor(what, holds, { seconds: 40, every: 300 });

/** 0 for a reddish colour, 1 for a greenish, 2 for a bluish one, -1 for a grey. */
function hueOf(colour: number[]): number {
  const greatest = Math.max(...colour);
  return colour.filter((value) => greatest - value >= 30).length === 2 ? colour.indexOf(greatest) : -1;
}

describe("what a live map can show besides", needsChromium, () => {
  let lab: WidgetLab;
  let server: TileServer;
  let page: Page | undefined;
  before(async () => {
    [lab, server] = await Promise.all([openWidgetLab(), openTileServer()]);
  });
  after(async () => {
    await lab?.close();
    server?.close();
  });
  /** The map that a cell shows, 520 pixels wide. */
  const open = async (code: string): Promise<Page> => {
    await page?.close();
    const { status, bundles, text } = await lab.run(code);
    assert.equal(status, "ok", text);
    page = await lab.open(bundles.at(-1)!, { width: 520, height: 480 });
    await page.waitForSelector("#host-0 .fused-widget .canvas canvas", { timeout: 40_000 });
    return page;
  };
  /** Waits until places have about these colours, or these hues. */
  const shows = async (what: string, shown: Page, expected: [place: number[], colour: number[] | number][]) => {
    let seen: number[][] = [];
    const places = expected.map(([place]) => place);
    await eventually(what, async () => {
      seen = await coloursAt(shown, places).catch(() => []);
      return (
        seen.length > 0 &&
        expected.every(([, colour], i) =>
          typeof colour === "number"
            ? hueOf(seen[i]!) === colour
            : colour.every((value, at) => Math.abs(value - seen[i]![at]!) <= 12),
        )
      );
    }).catch((error: Error) => assert.fail(`${error.message}; there are ${JSON.stringify(seen)}`));
  };
  test("the view shows all there is in the place that there is; a picture that is saved names who made the ground", async () => {
    const shown = await open(`fused.map([[2, 48], [12, 50]].map((coordinates) => ({
  type: "Feature", geometry: { type: "Point", coordinates }, properties: {} })))`);
    assert.equal(await shown.evaluate(`${shadow}.querySelector(".credit").textContent`), "Natural Earth");
    const saved = async () => {
      const loading = shown.waitForEvent("download");
      await shown.evaluate(`${shadow}.querySelector("[aria-label^='Save']").click()`);
      const image = await loadImage(await (await loading).path());
      const context = createCanvas(image.width, image.height).getContext("2d");
      context.drawImage(image, 0, 0);
      return context;
    };
    /** How many pixels of a part are as wanted. */
    const count = (from: SKRSContext2D, part: [number, number, number, number], isOne: (rgb: number[]) => boolean) => {
      const { data } = from.getImageData(...part);
      return Array.from({ length: data.length / 4 }, (_, i) => [...data.slice(4 * i, 4 * i + 3)]).filter(isOne).length;
    };
    const isPoint = ([red, , blue]: number[]) => blue! - red! > 80;
    await eventually("both points are near an edge", async () => {
      const picture = await saved();
      const { width, height } = picture.canvas;
      return [0, width - 60].every((left) => count(picture, [left, 0, 60, height], isPoint) > 20);
    });
    const picture = await saved();
    const { width, height } = picture.canvas;
    assert.ok(count(picture, [width - 90, height - 16, 90, 16], ([red]) => red! < 120) > 20, "letters in the corner");
  });

  const centred = `{ center: [0, 0], zoom: 0 }`;
  /** The middle of the map, and a place 45° east of it. */
  const [middle, east] = [
    [248, 210],
    [312, 210],
  ];

  test("F185 deck.gl JSON: layers by class, expressions, functions; the row under a click comes back to the cell", async () => {
    const shown = await open(`const deck = fused.map({
  layers: [
    { "@@type": "PolygonLayer", id: "areas", data: [{ ring: [[-30, -30], [30, -30], [30, 30], [-30, 30]], n: 200, name: "middle" }], getPolygon: "@@=ring", getFillColor: "@@=[n, 10, 20]", stroked: false },
    { "@@type": "ScatterplotLayer", data: [{ at: [45, 0] }], getPosition: "@@=at", getFillColor: [0, 90, 250], getRadius: 30, radiusUnits: "@@#UNIT.pixels" },
  ],
  initialViewState: { longitude: 0, latitude: 0, zoom: 0 },
  views: [{ "@@type": "MapView" }],
});
deck`);
    await shows("both layers", shown, [
      [middle, [200, 10, 20]],
      [east, [0, 90, 250]],
    ]);
    const box = (await shown.locator("#host-0").boundingBox())!;
    await eventually("the row in the cell", async () => {
      await shown.mouse.click(box.x + middle[0]!, box.y + middle[1]!);
      const { bundles } = await lab.run("deck.selection.features[0]?.properties.name");
      return bundles[0]?.["text/plain"] === "'middle'";
    });
    const { text, status } = await lab.run(`fused.map({ "@@type": "HexLayer", data: [] })`);
    assert.equal(status, "error");
    assert.match(text, /Did you mean/);
  });

  test("features that cross tiles are drawn once, and coloured over all tiles, where a tile has only one", async () => {
    const { status } = await lab.run(`%%udf zones
function zones(bounds: fused.types.Bounds) {
  const boxes = [[-60, -50, 60, 50, 100], [100, 20, 140, 60, 0]];
  const meet = ([west, south, east, north]) => west < bounds[2] && east > bounds[0] && south < bounds[3] && north > bounds[1];
  const features = boxes.filter(meet).map(([west, south, east, north, value]) => ({
    type: "Feature",
    properties: { value },
    geometry: { type: "Polygon", coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] },
  }));
  return { type: "FeatureCollection", features };
}`);
    assert.equal(status, "ok");
    const shown = await open(`fused.map({ data: zones }, { center: [0, 0], zoom: 0, theme: "light" })`);
    // The outer tiles' zone lies in one of them alone, the middle one crosses all four.
    const yellow = [245, 229, 76];
    const violet = [97, 45, 113];
    await shows("one colour in all four tiles", shown, [
      [[middle[0]! - 40, middle[1]! - 30], yellow],
      [[middle[0]! + 40, middle[1]! - 30], yellow],
      [[middle[0]! - 40, middle[1]! + 30], yellow],
      [[middle[0]! + 40, middle[1]! + 30], yellow],
      [[middle[0]! + 171, middle[1]! - 66], violet],
    ]);
    assert.match((await shown.locator("#host-0 .legend").textContent())!, /value0100/);
  });

  test("legends of two layers by the same property have the layers' names", async () => {
    const points = `[{ lng: 0, lat: 0, value: 1 }, { lng: 9, lat: 9, value: 5 }]`;
    const shown = await open(
      `fused.map([{ data: ${points}, name: "before" }, { data: ${points}, name: "after" }, { data: [{ lng: 1, lat: 2, mag: 3 }, { lng: 3, lat: 2, mag: 4 }] }])`,
    );
    const titles = () => shown.locator("#host-0 .legend h4").allTextContents();
    await eventually("three legends", async () => (await titles()).length === 3);
    assert.deepEqual(await titles(), ["mag", "after: value", "before: value"]);
  });

  test("a UDF that gives vector tiles as bytes, and tiles at an address, which the kernel fetches", async () => {
    assert.equal(
      (
        await lab.run(`%%udf shapes
import { geoJSONToTile } from "@maplibre/geojson-vt";
import { fromGeojsonVt } from "@maplibre/vt-pbf";
function shapes(tile: fused.types.TileXYZ) {
  const area = { type: "Feature", properties: { v: 1 }, geometry: { type: "Polygon", coordinates: [[[-30, -30], [30, -30], [30, 30], [-30, 30], [-30, -30]]] } };
  const cut = geoJSONToTile({ type: "FeatureCollection", features: [area] }, tile.z, tile.x, tile.y, { extent: 4096, buffer: 64, clip: true });
  return cut && cut.features.length > 0 ? fromGeojsonVt({ shapes: cut }, { version: 2, extent: 4096 }) : new Uint8Array(0);
}`)
      ).status,
      "ok",
    );
    const shown = await open(`fused.map([
  { data: "${server.address}/raster/{z}/{x}/{y}.png", name: "pictures" },
  { data: shapes, fillColor: [250, 0, 0], name: "shapes" },
], { ...${centred}, network: { allowPrivate: ["${server.host}"] } })`);
    await shows("an area of bytes over a picture", shown, [
      [[middle[0]! + 8, middle[1]! + 8], 0],
      [[400, 340], 1],
    ]);
    const { origin } = new URL(shown.url());
    const isOurs = (url: string) => [origin, "data:", "blob:"].some((start) => url.startsWith(start));
    assert.deepEqual(
      lab.requested.filter((url) => !isOurs(url)),
      [],
    );
    assert.ok(server.asked.some((path) => path.startsWith("/raster/")));
  });

  test("a basemap from elsewhere; where it does not come, the built-in one and a word about it", async () => {
    const code = `fused.map([], { basemap: "satellite", satelliteUrl: "${server.address}/raster/{z}/{x}/{y}.png", network: { allowPrivate: ["${server.host}"] }, center: [20, 20], zoom: 1 })`;
    const shown = await open(code);
    await shows("the satellite's tiles", shown, [[[248, 250], 1]]);
    assert.match((await shown.locator(".credit").textContent())!, /Esri/);
    server.fails = true;
    const alone = await open(code.replace("zoom: 1", "zoom: 2"));
    await eventually("a word about it", async () =>
      /basemap cannot be had.*503.*built-in outlines/.test((await alone.locator(".notes").textContent())!),
    );
    server.fails = false;
    await shows("land of the outlines", alone, [
      [
        [248, 210],
        [245, 244, 238],
      ],
    ]);
  });

  test("a bar between two layers is moved with the keyboard", async () => {
    const area = (color: string) =>
      `{ data: { type: "Polygon", coordinates: [[[-120, -60], [120, -60], [120, 60], [-120, 60], [-120, -60]]] }, fillColor: [${color}, 255], stroked: false, opacity: 1 }`;
    const shown = await open(
      `fused.map([{ ...${area("250, 0, 0")}, name: "before" }, { ...${area("0, 0, 250")}, name: "after" }], { ...${centred}, swipe: true })`,
    );
    const [left, right] = [
      [180, 170],
      [320, 170],
    ];
    await shows("the first on the left, the second on the right", shown, [
      [left!, 0],
      [right!, 2],
    ]);
    await shown.locator(".swipe").focus();
    await shown.keyboard.press("Home");
    await shows("the second everywhere", shown, [[left!, 2]]);
    assert.equal(await shown.locator(".swipe").getAttribute("aria-valuenow"), "0");
    await shown.keyboard.press("End");
    await shows("the first everywhere", shown, [[right!, 0]]);
  });

  test("a slider of time hides what is out of its window, and sets a UDF's parameter", async () => {
    const square = (west: number, day: string) =>
      `{ type: "Feature", properties: { day: "${day}" }, geometry: { type: "Polygon", coordinates: [[[${west}, -20], [${west + 40}, -20], [${west + 40}, 20], [${west}, 20], [${west}, -20]]] } }`;
    const shown = await open(
      `fused.map({ data: { type: "FeatureCollection", features: [${square(-20, "2020-01-01")}, ${square(30, "2020-12-31")}] }, fillColor: [250, 0, 0, 255], opacity: 1 }, { ...${centred}, time: { field: "day", window: 30 } })`,
    );
    const grey = -1;
    await shows("the last day's square", shown, [
      [middle, grey],
      [east, 0],
    ]);
    assert.match((await shown.locator(".time output").textContent())!, /2020-12-01 – 2020-12-31/);
    await shown.locator(".time input").focus();
    await shown.keyboard.press("Home");
    await shows("the first day's square", shown, [
      [middle, 0],
      [east, grey],
    ]);
    await shown.evaluate(`${shadow}.querySelector(".time button").click()`);
    await eventually(
      "it plays",
      async () => !/^2020-01-01 – 2020-01-01/.test((await shown.locator(".time output").textContent())!),
    );
    await shown.evaluate(`${shadow}.querySelector(".time button").click()`);

    const whole = await open(
      `fused.map({ name: "days", data: { type: "FeatureCollection", features: [${square(-20, "2020-01-01")}, ${square(30, "2020-12-31")}] }, fillColor: [250, 0, 0, 255], opacity: 1 }, { ...${centred}, time: "day" })`,
    );
    await shows("all at first", whole, [
      [middle, 0],
      [east, 0],
    ]);
    assert.match((await whole.locator(".time output").textContent())!, /2020-01-01 – 2020-12-31/);
    await whole.locator(".time input").focus();
    await whole.keyboard.press("Home");
    await shows("the first day's square alone", whole, [
      [middle, 0],
      [east, grey],
    ]);

    await lab.run(`%%udf tint
function tint(bounds: fused.types.Bounds, level: int = 40) {
  return { data: new Uint8Array(64 * 64).fill(level), width: 64, height: 64 };
}`);
    const tinted = await open(`fused.map(tint, { ...${centred}, time: { parameter: "level", from: 40, to: 120 } })`);
    await shows("level 40", tinted, [
      [
        [300, 260],
        [40, 40, 40],
      ],
    ]);
    await tinted.locator(".time input").focus();
    await tinted.keyboard.press("End");
    await shows("level 120", tinted, [
      [
        [300, 260],
        [120, 120, 120],
      ],
    ]);
  });

  test("areas over the antimeridian with a hole, Antarctica, a polar cap, missing places and values", async () => {
    const shown = await open(`import { feature } from "topojson-client";
const atlas = (await import("world-atlas/countries-50m.json")).default;
const antarctica = feature(atlas, atlas.objects.countries).features.filter(({ properties }) => properties.name === "Antarctica");
fused.map([
  { data: { type: "FeatureCollection", features: antarctica }, fillColor: [250, 0, 0, 255], opacity: 1, name: "Antarctica" },
  { data: { type: "Polygon", coordinates: [[[150, -20], [-150, -20], [-150, 20], [150, 20], [150, -20]], [[-178, -12], [-158, -12], [-158, 12], [-178, 12], [-178, -12]]] }, fillColor: [0, 0, 250, 255], opacity: 1, name: "hole" },
  { data: { type: "Polygon", coordinates: [[[-180, 78], [-90, 78], [0, 78], [90, 78], [180, 78], [-180, 78]]] }, fillColor: [0, 200, 0, 255], opacity: 1, name: "cap" },
  { data: [{ lat: NaN, lng: 3, v: NaN }, { lat: 40, lng: 180, v: null }, { lat: null, lng: null, v: 2 }], colorBy: "v", name: "missing" },
  { data: { type: "FeatureCollection", features: [{ type: "Feature", geometry: null, properties: {} }] }, name: "nowhere" },
], { center: [180, 0], zoom: 0 })`);
    const { y, x } = await shown.evaluate<{ x: number; y: number }>(
      `({ x: ${shadow}.querySelector(".map").clientWidth / 2, y: ${shadow}.querySelector(".map").clientHeight / 2 })`,
    );
    const at = (longitude: number, latitude: number) => {
      const world = 512;
      const up = Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) / (2 * Math.PI);
      return [Math.round(x + ((longitude - 180) / 360) * world), Math.round(y - up * world)];
    };
    await shows("each in its place", shown, [
      [at(120, -72), 0],
      [at(60, -74), 0],
      [at(155, 0), 2],
      [at(205, 0), 2],
      [at(120, 79.5), 1],
      [at(250, 79.5), 1],
      [at(192, 0), -1],
    ]);
    assert.equal(await shown.locator(".notes").textContent(), "");
  });

  test("a UDF that throws on every third tile: those say so, the others are drawn", async () => {
    await lab.run(`%%udf third
function third(tile: fused.types.TileXYZ) {
  if ((tile.x + tile.y) % 3 === 0) throw new Error("every third tile fails");
  return { data: new Uint8Array(64 * 64).fill(90), width: 64, height: 64 };
}`);
    const shown = await open(`fused.map(third, { center: [0, 0], zoom: 1 })`);
    await eventually("errors", async () => (await shown.locator(".tile.error button").count()) > 0);
    assert.match((await shown.locator(".tile.error button").first().textContent())!, /every third tile fails/);
    await eventually("other tiles", async () => {
      const places = Array.from({ length: 20 }, (_, i) => [20 + 24 * i, 180]);
      const seen = await coloursAt(shown, places).catch(() => []);
      return seen.some((colour) => colour.every((value) => Math.abs(value - 90) < 6));
    });
  });

  test("a layer of 40 MB is summed up where the browser has no graphics card, and says so", async () => {
    const shown = await open(`import { tableFromArrays } from "apache-arrow";
const count = 1_700_000;
const many = tableFromArrays({
  lng: Float64Array.from({ length: count }, (_, i) => ((i * 7919) % 36000) / 100 - 180),
  lat: Float64Array.from({ length: count }, (_, i) => 60 * Math.sin(i / 3000)),
  v: Float64Array.from({ length: count }, () => 50),
});
fused.map({ data: many, colorBy: "v", palette: ["#ff0000", "#ff0000"] }, ${centred})`);
    await eventually("a word about it", async () =>
      /1,700,000 features, summed up by the kernel/.test((await shown.locator(".notes").textContent())!),
    );
    await eventually("the points", async () => {
      const [colour] = await coloursAt(shown, [middle]).catch(() => [[0, 0, 0]]);
      return colour![0]! > 200 && colour![1]! < 60;
    });
  });
});
