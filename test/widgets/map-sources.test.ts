import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import type { FeatureCollection } from "geojson";
import { encodeMvt } from "../../fused/formats/mvt.ts";
import { encodeTile } from "../../widgets/map/kernel/encode-tile.ts";
import { sourceTiles } from "../../widgets/map/kernel/source-tiles.ts";
import { openSource } from "../../widgets/map/sources/open-source.ts";
import { resolveSource } from "../../widgets/map/sources/resolve-source.ts";
import { sourceTile } from "../../widgets/map/sources/source-tile.ts";
import { unrolledArea } from "../../widgets/map/unrolled-area.ts";
import { pmtilesFile } from "./pmtiles-file.ts";
import { openTileServer, pictureTile, served } from "./tile-server.ts";
import type { TileServer } from "./tile-server.ts";

const world = { z: 0, x: 0, y: 0 };

/** Red, green and blue of a pixel of a PNG. */
async function pixel(png: Uint8Array, x: number, y: number): Promise<number[]> {
  const image = await loadImage(png);
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
}

describe("tiles from elsewhere", () => {
  let server: TileServer;
  before(async () => {
    server = await openTileServer();
  });
  after(() => server.close());
  const allowed = () => ({ allowPrivate: [server.host] });
  const template = (kind: string, ending: string) => `${server.address}/${kind}/{z}/{x}/{y}.${ending}`;

  test("a host on this machine is asked only where the map allows it", async () => {
    const { source } = await resolveSource({ url: template("raster", "png") }, undefined);
    const asked = server.asked.length;
    await assert.rejects(sourceTile(openSource(source), world), /no public host: allow it with .*allowPrivate/);
    assert.equal(server.asked.length, asked);
    const { source: granted } = await resolveSource({ url: template("raster", "png") }, allowed());
    assert.ok((await sourceTile(openSource(granted), world)) instanceof Uint8Array);
    const { source: others } = await resolveSource(
      { url: template("raster", "png") },
      { ...allowed(), hosts: ["tiles.example"] },
    );
    await assert.rejects(sourceTile(openSource(others), world), /not among the hosts of the option network/);
  });

  test("a page gets pictures as they are, and vector tiles as features cut at the tile's edge", async () => {
    const sources = {
      pictures: (await resolveSource({ url: template("raster", "png") }, allowed())).source,
      shapes: (await resolveSource({ url: template("vector", "pbf") }, allowed())).source,
    };
    const fetchTile = sourceTiles(sources);
    const { signal } = new AbortController();
    assert.deepEqual((await fetchTile("pictures", world, signal))?.content, { media: "image", mime: "image/png" });
    const shapes = await fetchTile("shapes", { z: 1, x: 1, y: 0 }, signal);
    assert.equal(shapes?.content.media, "features");
    assert.equal(shapes.content.features.isCut, true);
    const [west, south, east, north] = shapes.content.features.bounds!;
    assert.ok(Math.abs(west) < 3 && Math.abs(south) < 0.1 && Math.round(east) === 100 && Math.round(north) === 50);
  });

  test("a PMTiles file: its zooms, box and tiles, from a path and from an address, by ranges", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fused-pmtiles-"));
    const places = [0, 1, 2].flatMap((z) =>
      Array.from({ length: 4 ** z }, (_, i) => ({ z, x: i % 2 ** z, y: Math.floor(i / 2 ** z) })),
    );
    const vector = await Promise.all(places.map(async (at) => ({ ...at, bytes: await encodeMvt(served, at) })));
    const path = join(folder, "shapes.pmtiles");
    writeFileSync(path, pmtilesFile(vector, 1, { attribution: "nobody", vector_layers: [{ id: "udf" }] }));
    const { source } = await resolveSource({ url: path }, undefined);
    assert.deepEqual(
      { ...source, address: undefined },
      {
        ...{ kind: "pmtiles", address: undefined, minZoom: 0, maxZoom: 2, tileSize: 512, isVector: true },
        ...{ bounds: [-180, -85, 180, 85], attribution: "nobody", network: undefined },
      },
    );
    const features = (await sourceTile(openSource(source), { z: 2, x: 2, y: 1 })) as FeatureCollection;
    assert.deepEqual(features.features.map(({ properties }) => properties!["name"]).sort(), [
      "Nullpoint",
      "area",
      "line",
    ]);
    assert.equal(await sourceTile(openSource(source), { z: 3, x: 0, y: 0 }), undefined);

    const pictures = join(folder, "pictures.pmtiles");
    const bytes = pmtilesFile(
      places.map((at) => ({ ...at, bytes: pictureTile(at.z, at.x, at.y) })),
      2,
      {},
    );
    writeFileSync(pictures, bytes);
    const { source: raster } = await resolveSource({ url: pictures }, undefined);
    assert.deepEqual(await sourceTile(openSource(raster), { z: 1, x: 1, y: 0 }), new Uint8Array(pictureTile(1, 1, 0)));
    server.files.set("/pictures.pmtiles", bytes);
    const { source: remote } = await resolveSource({ url: `${server.address}/pictures.pmtiles` }, allowed());
    assert.deepEqual(await sourceTile(openSource(remote), { z: 1, x: 1, y: 0 }), new Uint8Array(pictureTile(1, 1, 0)));
    await assert.rejects(
      resolveSource({ url: join(folder, "none.pmtiles") }, undefined),
      /none\.pmtiles cannot be read/,
    );
  });

  test("a file of vector tiles as a basemap is drawn in light or dark colours", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "fused-ground-")), "shapes.pmtiles");
    const bytes = await encodeMvt(served, world);
    writeFileSync(path, pmtilesFile([{ ...world, bytes }], 1, { vector_layers: [{ id: "udf" }] }));
    for (const [ground, back, area] of [
      ["light", [244, 245, 243], [223, 229, 224]],
      ["dark", [20, 24, 28], [38, 45, 51]],
    ] as const) {
      const { source } = await resolveSource({ url: path }, undefined, ground);
      const read = openSource(source);
      const png = (await sourceTile(read, world)) as Uint8Array;
      assert.deepEqual([await pixel(png, 20, 500), await pixel(png, 240, 250)], [back, area]);
      // Deeper than the file goes its deepest tile is drawn larger: 3/3/3 ends at 0°, 0°.
      const deep = (await sourceTile(read, { z: 3, x: 3, y: 3 })) as Uint8Array;
      assert.deepEqual([await pixel(deep, 500, 500), await pixel(deep, 500, 4)], [area, back]);
    }
  });

  test("a MapLibre style: relative addresses, a TileJSON, filters, expressions and names", async () => {
    const { source, warnings } = await resolveSource({ url: `${server.address}/style.json` }, allowed(), "light");
    assert.deepEqual(warnings, ["The style's layers of the type heatmap are not drawn."]);
    assert.equal(source.attribution, "Loopback");
    const png = (await sourceTile(openSource(source), world)) as Uint8Array;
    assert.deepEqual(await pixel(png, 20, 500), [0x40, 0x20, 0x60]);
    assert.deepEqual(await pixel(png, 200, 280), [0x20, 0xc0, 0xa0]);
    // 50° N is at 0.338 of the world's height.
    assert.deepEqual(await pixel(png, 256, 173), [0xff, 0xcc, 0]);
  });

  test("what is no such thing, is named", async () => {
    await assert.rejects(
      resolveSource({ url: "roads.tif" }, undefined),
      /no address of tiles .*no \.pmtiles file and no style/,
    );
    await assert.rejects(resolveSource({ url: `${server.address}/tiles.json` }, allowed()), /is no MapLibre style/);
    await assert.rejects(resolveSource({ url: `${server.address}/none.json` }, allowed()), /There is no .*none\.json/);
    server.fails = true;
    const { source } = await resolveSource({ url: template("raster", "png") }, allowed());
    await assert.rejects(sourceTile(openSource(source), world), /answered 503/);
    server.fails = false;
  });
});

describe("vector tiles as bytes", () => {
  test("what a UDF gives for a tile, gzipped or not, becomes features", async () => {
    const tile = { z: 2, x: 2, y: 1 };
    const bytes = await encodeMvt(served, tile);
    for (const given of [bytes, gzipSync(bytes)]) {
      const encoded = await encodeTile(new Uint8Array(given), tile);
      assert.equal(encoded?.content.media, "features");
      const { points, lines, areas, columns } = encoded.content.features;
      assert.deepEqual([points, lines, areas, columns.map(({ name }) => name)], [1, 1, 1, ["name"]]);
    }
    assert.equal(await encodeTile(new Uint8Array(0), tile), undefined);
    await assert.rejects(encodeTile(new Uint8Array([1, 2, 3]), tile), /no image: .* and of tiles vector tiles/);
  });
});

describe("areas on the globe", () => {
  const box = (west: number, south: number, east: number, north: number) => [
    ...[
      [west, south],
      [east, south],
      [east, north],
    ],
    ...[
      [west, north],
      [west, south],
    ],
  ];

  test("holes lie in their area, also beyond the antimeridian", () => {
    const [outer, hole] = unrolledArea([box(170, -20, -160, 20), box(-178, -10, -170, 10)]);
    assert.deepEqual(
      outer!.map(([x]) => x),
      [-190, -160, -160, -190, -190],
    );
    assert.deepEqual(
      hole!.map(([x]) => x),
      [-178, -170, -170, -178, -178],
    );
  });

  test("a box of the whole world stays one, and a ring around a pole goes along the map's edge", () => {
    assert.deepEqual(unrolledArea([box(-180, -60, 180, 60)])[0], box(-180, -60, 180, 60));
    assert.deepEqual(unrolledArea([box(-120, -60, 120, 60)])[0], box(-120, -60, 120, 60));
    const cap = unrolledArea([
      [
        [-180, -70],
        [0, -70],
        [90, -72],
        [180, -70],
        [-180, -70],
      ],
    ])[0]!;
    assert.deepEqual(
      cap.slice(-3).map(([x, y]) => [x, Math.round(y!)]),
      [
        [180, -85],
        [-180, -85],
        [-180, -70],
      ],
    );
  });

  test("of two rings around the globe one is the other edge of a belt", () => {
    const ring = (latitude: number) => [-180, -90, 0, 90, 180].map((x) => [x, latitude]);
    const [belt, ...holes] = unrolledArea([
      [...ring(-89.9), [-180, -89.9]],
      [...ring(-70), [-180, -70]],
    ]);
    assert.equal(holes.length, 0);
    assert.deepEqual(new Set(belt!.map(([, y]) => Math.round(y!))), new Set([-85, -70]));
  });
});
