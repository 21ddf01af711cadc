import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { build } from "esbuild";
import type { BrowserContext, Page } from "playwright-core";
import { needsChromium, openBrowser } from "../e2e/open-browser.ts";
import { closeShared, openTestService, type TestService } from "./open-service.ts";
import { shareUdf } from "./share-udf.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const needs = (program: string, packages: string) =>
  existsSync(`/usr/bin/${program}`) ? {} : { skip: `needs ${program} (apt install ${packages})` };
const needsCsvReaders = { ...needs("curl", "curl"), ...needs("python3", "python3") };
const needsSpreadsheet = needs("ssconvert", "gnumeric");

/** A raster tile is all of one colour, red and blue in turn. */
const raster = `export default function udf(tile: TileXYZ) {
  const { x, y } = tile;
  const data = new Uint8ClampedArray(4 * 64 * 64);
  const colour = (x + y) % 2 === 0 ? [220, 30, 30, 255] : [30, 30, 220, 255];
  for (let i = 0; i < data.length; i += 4) data.set(colour, i);
  return { data, width: 64, height: 64 };
}`;
/** A vector tile has a square in its middle. */
const vector = `export default function udf(bounds: Bounds) {
  const [w, s, e, n] = bounds;
  const at = (a: number, b: number, t: number) => a + (b - a) * t;
  const [l, r, b, t] = [at(w, e, 0.3), at(w, e, 0.7), at(s, n, 0.3), at(s, n, 0.7)];
  return { type: "FeatureCollection", features: [{ type: "Feature", properties: { height: 5 },
    geometry: { type: "Polygon", coordinates: [[[l, b], [r, b], [r, t], [l, t], [l, b]]] } }] };
}`;

const page = (script: string) => `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/maplibre-gl.css">
<style>html,body,#map{margin:0;height:100%;background:#fff}</style><div id="map"></div><script type="module">${script}</script>`;

const maplibrePage = (rasterUrl: string, vectorUrl: string) =>
  page(`import * as maplibregl from "/maplibre-gl.mjs";
const map = new maplibregl.Map({ container: "map", center: [0, 0], zoom: 1.2, fadeDuration: 0, attributionControl: false, style: {
  version: 8,
  sources: {
    picture: { type: "raster", url: "${rasterUrl}/tilejson.json?format=png", tileSize: 256 },
    shapes: { type: "vector", url: "${vectorUrl}/tilejson.json?format=mvt" },
  },
  layers: [
    { id: "picture", type: "raster", source: "picture" },
    { id: "shapes", type: "fill", source: "shapes", "source-layer": "udf", paint: { "fill-color": "#00c000" } },
  ] } });
map.on("error", ({ error }) => { document.title = "error: " + error.message; });
map.on("idle", () => { document.title = "drawn"; });`);

const deckScript = (rasterUrl: string, vectorUrl: string) => `
import { Deck, MapView } from "@deck.gl/core";
import { MVTLayer, TileLayer } from "@deck.gl/geo-layers";
import { BitmapLayer } from "@deck.gl/layers";
import { MVTLoader } from "@loaders.gl/mvt";
const loaded = new Set();
const told = (name) => () => { loaded.add(name); if (loaded.size === 2) setTimeout(() => { document.title = "drawn"; }, 1000); };
new Deck({ parent: document.getElementById("map"), views: new MapView({ repeat: true }),
  initialViewState: { longitude: 0, latitude: 0, zoom: 1.2 }, controller: true,
  onError: (error) => { document.title = "error: " + error.message; },
  layers: [
    new TileLayer({ id: "picture", data: "${rasterUrl}/run/tiles/{z}/{x}/{y}.png", tileSize: 256, onViewportLoad: told("picture"),
      renderSubLayers: (props) => { const [[w, s], [e, n]] = props.tile.boundingBox;
        return new BitmapLayer(props, { data: undefined, image: props.data, bounds: [w, s, e, n] }); } }),
    new MVTLayer({ id: "shapes", data: "${vectorUrl}/run/tiles/{z}/{x}/{y}.mvt", getFillColor: [0, 192, 0], onViewportLoad: told("shapes"), loaders: [MVTLoader], loadOptions: { worker: false } }),
  ] });`;

describe("endpoints on maps and in tables", () => {
  let service: TestService;
  let pictures: string;
  let shapes: string;
  let table: string;
  let server: ReturnType<typeof createServer>;
  let site: string;
  const pages = new Map<string, string>();
  const folder = mkdtempSync(join(tmpdir(), "fused-maps-"));

  before(async () => {
    service = await openTestService();
    const share = async (name: string, code: string) => {
      const { token } = await shareUdf(service, { name, code });
      return `${service.base}/realtime-shared/${token}`;
    };
    pictures = await share("pictures", raster);
    shapes = await share("shapes", vector);
    table = await share(
      "table",
      `export default function udf() {
  return [{ id: 1, place: 'Ano "new", 5', note: "two\\nlines", mag: 5.25, big: 9007199254740993n, when: new Date(0), none: null },
    { id: 2, place: "Zürich", note: "=1+1", mag: -0.5, big: 1n, when: new Date(1e12), none: null }];
}`,
    );
    // Another origin than the service's, as somebody's web page is.
    server = createServer((request, response) => {
      const path = request.url!.split("?", 1)[0]!;
      const file = /^\/maplibre-gl[\w-]*\.(mjs|css)$/.test(path)
        ? join(root, "node_modules/maplibre-gl/dist", basename(path))
        : undefined;
      const type = path.endsWith(".css") ? "text/css" : path.includes(".") ? "text/javascript" : "text/html";
      response.setHeader("Content-Type", type);
      response.end(file ? readFileSync(file) : (pages.get(path) ?? ""));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await service.close();
    await closeShared();
    rmSync(folder, { recursive: true, force: true });
  });

  describe("in Chromium", needsChromium, () => {
    let browser: BrowserContext;
    before(async () => {
      browser = await openBrowser(join(folder, "profile"), 800);
    });
    after(() => browser?.close());

    async function drawn(path: string, name: string): Promise<Record<string, number>> {
      const shown: Page = await browser.newPage();
      await shown.goto(site + path);
      await shown.waitForFunction(() => /^(drawn|error)/.test(document.title), undefined, { timeout: 90_000 });
      assert.equal(await shown.title(), "drawn");
      const png = await shown.screenshot();
      if (process.env["FUSED_TEST_PICTURES"])
        writeFileSync(join(process.env["FUSED_TEST_PICTURES"], `${name}.png`), png);
      await shown.close();
      return colours(png);
    }

    function assertMap({ red, blue, green }: Record<string, number>) {
      for (const [name, share] of Object.entries({ red, blue, green })) {
        assert.ok(share! > 0.05, `${name} fills ${share} of the picture`);
      }
    }

    test("MapLibre draws raster and vector tiles that it found through TileJSON", async () => {
      pages.set("/maplibre", maplibrePage(pictures, shapes));
      assertMap(await drawn("/maplibre", "service-maplibre"));
    });

    test("deck.gl draws the same", async () => {
      const { outputFiles } = await build({
        stdin: { contents: deckScript(pictures, shapes), resolveDir: root },
        bundle: true,
        format: "esm",
        write: false,
        logLevel: "error",
      });
      pages.set("/deck.js", outputFiles[0]!.text);
      pages.set("/deck", page('import "/deck.js";'));
      assertMap(await drawn("/deck", "service-deck"));
    });

    test("an <img> shows a tile", async () => {
      pages.set(
        "/image",
        `<img src="${pictures}/run/tiles/1/0/0.png" onload="document.title='drawn'" onerror="document.title='error'">`,
      );
      assert.ok((await drawn("/image", "service-image"))["red"]! > 0);
    });
  });

  test("what QGIS asks for with its XYZ connection is answered", async () => {
    // QGIS sends no Accept of pictures, a Referer where one was set, and asks for many tiles at once (docs/service.md).
    const template = `${pictures}/run/tiles/{z}/{x}/{y}.png`;
    const asked = Array.from({ length: 16 }, (_none, i) => ({ z: 2, x: i % 4, y: Math.floor(i / 4) }));
    const headers = {
      "User-Agent": "Mozilla/5.0 QGIS/32216/Debian GNU/Linux 12 (bookworm)",
      "Accept-Encoding": "gzip, deflate",
    };
    const types = await Promise.all(
      asked.map(async ({ z, x, y }) => {
        const url = template.replace("{z}", `${z}`).replace("{x}", `${x}`).replace("{y}", `${y}`);
        const answer = await fetch(url, { headers });
        const etag = answer.headers.get("ETag")!;
        const again = await fetch(url, { headers: { ...headers, "If-None-Match": etag } });
        return `${answer.status} ${answer.headers.get("Content-Type")} ${again.status}`;
      }),
    );
    assert.deepEqual(new Set(types), new Set(["200 image/png 304"]));
    const shapesOf = await fetch(`${shapes}/run/tiles/2/1/1.pbf`, { headers });
    assert.equal(shapesOf.headers.get("Content-Type"), "application/vnd.mapbox-vector-tile");
  });

  test("curl reads CSV, and what follows RFC 4180 reads it back: DuckDB, and Python", needsCsvReaders, async () => {
    const file = join(folder, "table.csv");
    await run("curl", ["--silent", "--fail", "--output", file, `${table}/run/file?format=csv`]);
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const result = await connection.runAndReadAll(`select * from read_csv('${file}', strict_mode = true)`);
    const rows = result.getRowObjectsJson();
    assert.deepEqual(
      rows.map(({ id, place, note, mag, big }) => [id, place, note, mag, big]),
      [
        ["1", 'Ano "new", 5', "two\nlines", 5.25, "9007199254740993"],
        ["2", "Zürich", "=1+1", -0.5, "1"],
      ],
    );
    connection.closeSync();
    const script =
      "import csv, sys, json; print(json.dumps(list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True))))";
    const { stdout } = await run("python3", ["-c", script, file]);
    assert.equal((JSON.parse(stdout) as string[][])[1]![1], 'Ano "new", 5');
  });

  test("a spreadsheet imports the CSV and opens the workbook", needsSpreadsheet, async () => {
    for (const format of ["csv", "xlsx"]) {
      const answer = await fetch(`${table}/run/file?format=${format}`);
      const file = join(folder, `sheet.${format}`);
      writeFileSync(file, new Uint8Array(await answer.arrayBuffer()));
      const seen = join(folder, `seen-in-${format}.csv`);
      const encoding = format === "csv" ? ["--import-encoding=UTF-8"] : [];
      await run("ssconvert", [...encoding, "--export-type=Gnumeric_stf:stf_csv", file, seen]);
      const [head, first] = readFileSync(seen, "utf8").split("\n");
      assert.equal(head, "id,place,note,mag,big,when,none", format);
      assert.match(first!, /^1,"Ano ""new"", 5","two$/, format);
      assert.match(readFileSync(seen, "utf8"), /\nlines",5\.25,.*\n2,Zürich,.*,-0\.5,1,/, format);
    }
  });
});

/** Which share of a picture is red, blue and green. */
async function colours(png: Buffer): Promise<Record<string, number>> {
  const image = await loadImage(png);
  const pen = createCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const counts = { red: 0, blue: 0, green: 0 };
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    if (r > 150 && g < 100 && b < 100) counts.red++;
    if (b > 150 && g < 100 && r < 100) counts.blue++;
    if (g > 120 && r < 100 && b < 100) counts.green++;
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / (data.length / 4)]));
}
