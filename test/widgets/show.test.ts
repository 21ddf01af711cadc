import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as arrow from "apache-arrow";
import { showValue } from "../../widgets/show.ts";
import { ensureBasemap } from "./built-basemap.ts";
import { decode } from "./picture-of.ts";
import { kilobytes } from "./sanitizer.ts";

before(ensureBasemap);

const types = async (value: unknown) =>
  Object.keys((await showValue(value))?.data ?? {}).map((type) => type.replace(/.*[/.]/, ""));
const map = ["map+json", "html", "png", "plain"];
const table = ["html", "plain"];
const point = { type: "Point", coordinates: [19.4, 51.8] };
const raster = { data: Uint8Array.from({ length: 300 }, (_, i) => i % 256), width: 20, height: 15 };

describe("what a cell's last value shows as", () => {
  test("ordinary values are left to their text", async () => {
    const plain = [
      1,
      "text",
      "a < b > c",
      true,
      null,
      undefined,
      1n,
      [],
      [1, 2],
      ["a"],
      {},
      { type: "Point" },
      { a: 1 },
      new Map(),
      new Date(),
    ];
    const others = [
      [{ a: 1 }],
      [{ a: 1 }, { b: 2 }],
      [{ a: 1 }, null],
      new Uint8Array(4),
      new Error("x"),
      { data: [1, 2] },
      { data: [1], width: 5, height: 5 },
      () => 1,
    ];
    const notGeoJson = [
      { type: "Feature" },
      { type: "FeatureCollection", features: 3 },
      { type: "Point", coordinates: ["1", "2"] },
    ];
    for (const value of [...plain, ...others, ...notGeoJson])
      assert.equal(await showValue(value), undefined, String(value));
  });

  test("rows with a key in common, Arrow tables: a table", async () => {
    assert.deepEqual(await types([{ a: 1 }, { a: 2, b: 3 }]), table);
    assert.deepEqual(await types(new arrow.Table({ a: arrow.vectorFromArray([1]) })), table);
  });

  test("GeoJSON, Features, and tables with geometries: a map with the table beneath", async () => {
    const feature = { type: "Feature", properties: { name: "Łódź" }, geometry: point };
    for (const value of [
      feature,
      [feature, feature],
      { type: "FeatureCollection", features: [feature] },
      [{ at: point }, { at: null }],
    ]) {
      const bundle = await showValue(value);
      assert.deepEqual(
        Object.keys(bundle!.data).map((type) => type.replace(/.*[/.]/, "")),
        map,
      );
      assert.match(String(bundle!.data["text/html"]), /<img[\s\S]*<table/);
      assert.match(String(bundle!.data["text/plain"]), /^Map: .*\n[\s\S]*geometry/);
      assert.match(String(bundle!.data["text/html"]), /<img [^]*\d rows? × \d+ columns?[^]*<table/);
      assert(kilobytes(bundle) < 150);
    }
    assert.deepEqual(await types(point), map);
    assert.deepEqual(await types({ type: "FeatureCollection", features: [] }), map);
  });

  test("a table with a column of H3 cells, as text or as 64-bit numbers: a map of hexagons with the table", async () => {
    const cell = "851f8343fffffff";
    for (const hex of [cell, BigInt(`0x${cell}`)]) {
      const text = String(
        (await showValue([
          { hex, count: 3 },
          { hex, count: 4 },
        ]))!.data["text/plain"],
      );
      assert.match(text, /^Map: 2 features[^]*\n *hex +count/);
    }
    for (const hex of ["red", 7n]) {
      assert.doesNotMatch(
        String(
          (await showValue([
            { hex, count: 3 },
            { hex, count: 4 },
          ]))!.data["text/plain"],
        ),
        /Map/,
      );
    }
  });

  test("geometries that no map can show: the table, with the reason", async () => {
    const metadata = new Map([["ARROW:extension:name", "geoarrow.box"]]);
    const schema = new arrow.Schema([new arrow.Field("at", new arrow.Float64(), true, metadata)]);
    const strange = new arrow.Table(schema, { at: arrow.vectorFromArray([1, 2], new arrow.Float64()) } as never);
    const bundle = await showValue(strange);
    assert.match(String(bundle!.data["text/plain"]), /no map: The geometry encoding geoarrow\.box cannot be drawn/);
  });

  test("encoded images under their own type, WebP as PNG too", async () => {
    const { createCanvas } = await import("@napi-rs/canvas");
    const canvas = createCanvas(8, 4);
    assert.deepEqual(await types(await canvas.encode("png")), ["png", "plain"]);
    assert.deepEqual(await types(await canvas.encode("jpeg")), ["jpeg", "plain"]);
    assert.deepEqual(await types(await canvas.encode("webp")), ["html", "png", "plain"]);
    const svg = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>';
    assert.equal((await showValue(new TextEncoder().encode(svg)))!.data["image/svg+xml"], svg);
  });

  test("floats beyond 0 to 1, as heights, are stretched from least to greatest where a raster is shown by itself", async () => {
    const heights = { data: Float32Array.of(-9999, 600, 1500, 2400), width: 2, height: 2, nodata: -9999 };
    const onMap = (await showValue({ ...heights, bounds: [10, 40, 20, 50] }))!;
    const spec = onMap.data["application/vnd.fused.map+json"] as { layers: { domain: number[] }[] };
    assert.deepEqual(spec.layers[0]!.domain, [600, 2400]);
    assert.doesNotMatch(String(onMap.data["text/plain"]), /give a domain/);
    const picture = (await showValue(heights))!;
    const shares = (await showValue({ ...heights, data: Float32Array.of(-9999, 0, 0.5, 1) }))!;
    assert.equal(picture.data["image/png"], shares.data["image/png"]);
  });

  test("rasters as an image, those with bounds on a map", async () => {
    const bundle = await showValue(raster);
    const picture = await decode(Buffer.from(String(bundle!.data["image/png"]), "base64"));
    assert.deepEqual([picture.width, picture.height], [200, 150]);
    assert.deepEqual(picture.at(15, 5), [1, 1, 1]);
    assert.deepEqual(await types({ ...raster, bounds: [10, 40, 20, 50] }), map);
    assert.deepEqual(await types([raster, [10, 40, 20, 50]]), map);
  });

  test("Plotly figures as a chart, text that is markup as HTML", async () => {
    assert.deepEqual(await types({ data: [{ type: "bar", y: [1] }], layout: {} }), ["v1+json", "html", "png", "plain"]);
    assert.deepEqual(await types("<b>bold</b>"), ["html", "plain"]);
  });
});

test("a value that needs no drawing loads no drawing library", () => {
  const show = fileURLToPath(new URL("../../widgets/show.ts", import.meta.url));
  const script = `
    import { createRequire } from "node:module";
    const { showValue } = await import(${JSON.stringify(show)});
    for (const value of [1, "a", { a: 1 }, [1, 2], [{ a: 1 }, { a: 2 }]]) await showValue(value);
    const loaded = Object.keys(createRequire(${JSON.stringify(show)}).cache);
    console.log(loaded.filter((path) => /canvas|apache-arrow|h3-js/.test(path)).length);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(stdout.trim(), "0", stderr);
});
