import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import fused from "../../fused/index.ts";
import { lngLat } from "../../fused/tiles/index.ts";
import { elevation, makeCog } from "../fixtures/make-cog.ts";

const cog = makeCog({ size: 1024 });
const folder = mkdtempSync(join(tmpdir(), "fused-raster-"));
const path = join(folder, "dem.tif");
let server: Server;
let url: string;
let asked: string[] = [];
let delayMs = 0;

before(async () => {
  writeFileSync(path, cog);
  server = createServer(async ({ headers, url: place }, response) => {
    if (delayMs > 0) await new Promise((go) => setTimeout(go, delayMs));
    asked.push(headers.range ?? "whole");
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? "") ?? [];
    if (place === "/whole.tif" || !from) return response.end(cog);
    const end = Math.min(Number(to), cog.length - 1);
    response.writeHead(206, { "content-range": `bytes ${from}-${end}/${cog.length}`, etag: '"1"' });
    response.end(cog.subarray(Number(from), end + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  rmSync(folder, { recursive: true });
  server.closeAllConnections();
  server.close();
  await fused.close();
});

const near = (a: number, b: number, within: number) =>
  assert.ok(Math.abs(a - b) <= within, `${a} is not ${b} ± ${within}`);

describe("fused.readRaster", () => {
  test("without a request it is the whole raster", async () => {
    const { data, width, height, bands, bounds, crs, nodata } = await fused.readRaster(path);
    assert.deepEqual(
      { width, height, bands, bounds, crs, nodata },
      {
        width: 1024,
        height: 1024,
        bands: 1,
        bounds: [7, 46, 8, 47],
        crs: "EPSG:4326",
        nodata: -9999,
      },
    );
    assert.ok(data instanceof Float32Array);
    near(data[0]!, elevation(7 + 0.5 / 1024, 47 - 0.5 / 1024), 0.001);
  });

  test("a raster in UTM is read by degrees: each pixel from where it lies there", async () => {
    const box: [number, number, number, number] = [400_000, 4_940_000, 600_000, 5_140_000];
    const [easting, northing] = [join(folder, "easting.tif"), join(folder, "northing.tif")];
    writeFileSync(easting, makeCog({ size: 1024, box, epsg: 32632, valueAt: (x) => x }));
    writeFileSync(northing, makeCog({ size: 1024, box, epsg: 32632, valueAt: (_x, y) => y }));
    // On the zone's middle meridian the easting is 500,000 m; 45° N is 4,982,950.40 m from the equator there.
    const around = (longitude: number, latitude: number): [number, number, number, number] => [
      longitude - 0.001,
      latitude - 0.001,
      longitude + 0.001,
      latitude + 0.001,
    ];
    const at = async (file: string, longitude: number, latitude: number, resampling: "nearest" | "bilinear") =>
      (await fused.readRaster(file, { bounds: around(longitude, latitude), width: 1, height: 1, resampling })).data[0]!;
    for (const [resampling, within] of [
      ["nearest", 200],
      ["bilinear", 1],
    ] as const) {
      near(await at(easting, 9, 45.5, resampling), 500_000, within);
      near(await at(northing, 9, 45, resampling), 4_982_950.4, within);
      // 10° E, 46° N in zone 32: 577,432.2 m east, 5,094,533.6 m north.
      near(await at(easting, 10, 46, resampling), 577_432.2, within);
      near(await at(northing, 10, 46, resampling), 5_094_533.6, within);
    }
    const tile = { z: 9, x: 268, y: 182 };
    const read = await fused.readRaster(easting, { tile, resampling: "bilinear" });
    assert.deepEqual([read.width, read.height, read.crs], [256, 256, "EPSG:32632"]);
    const { lngLat: _, ...tiles } = await import("../../fused/tiles/index.ts");
    const [west, south, east, north] = tiles.bounds(tile);
    assert.deepEqual(
      read.bounds.map((edge) => edge.toFixed(9)),
      [west, south, east, north].map((edge) => edge.toFixed(9)),
    );
    const columns = Array.from({ length: 256 }, (_none, x) => read.data[128 * 256 + x]!);
    assert.ok(
      columns.every((value, x) => x === 0 || value > columns[x - 1]!),
      "eastings grow from west to east",
    );
    const whole = await fused.readRaster(northing, { width: 16, height: 16 });
    assert.ok(whole.bounds[0] > 7.6 && whole.bounds[0] < 7.8 && whole.bounds[3] > 46.3 && whole.bounds[3] < 46.5);
    const beyond = await fused.readRaster(easting, { bounds: [20, 45, 21, 46], width: 4, height: 4 });
    assert.ok(
      beyond.data.every((value) => value === -9999),
      "nothing beyond the raster",
    );
  });

  test("F183 the header of a remote raster may take metadataRequestTimeout, its pixels requestTimeout", async () => {
    const { requestTimeout, metadataRequestTimeout } = fused.options;
    delayMs = 400;
    try {
      Object.assign(fused.options, { requestTimeout: 60, metadataRequestTimeout: 0.1 });
      await assert.rejects(fused.readRaster(`${url}/late.tif`, { width: 8, height: 8 }), {
        message: /did not give its metadata within 0\.1 s \(the option metadataRequestTimeout\)/,
      });
      Object.assign(fused.options, { requestTimeout: 0.1, metadataRequestTimeout: 60 });
      await assert.rejects(fused.readRaster(`${url}/later.tif`, { width: 900, height: 900 }), {
        message: /did not give its data within 0\.1 s \(the option requestTimeout\)/,
      });
    } finally {
      delayMs = 0;
      Object.assign(fused.options, { requestTimeout, metadataRequestTimeout });
    }
    assert.equal((await fused.readRaster(`${url}/later.tif`, { width: 8, height: 8 })).width, 8);
  });

  test("a window of an address takes its parts only, from the overview that suits the size", async () => {
    asked = [];
    const bounds = [7.25, 46.25, 7.75, 46.75] as [number, number, number, number];
    const { data, width } = await fused.readRaster(`${url}/dem.tif`, { bounds, width: 128, height: 128 });
    assert.equal(width, 128);
    for (const i of [0, 127, 5000, 128 * 128 - 1]) {
      const [lng, lat] = [7.25 + ((i % 128) + 0.5) / 256, 46.75 - (Math.floor(i / 128) + 0.5) / 256];
      near(data[i]!, elevation(lng, lat), 1);
    }
    const bytes = asked.reduce((sum, range) => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range)!;
      return sum + Number(to) - Number(from) + 1;
    }, 0);
    assert.ok(asked.length <= 4 && bytes < cog.length / 4, `${asked.length} requests, ${bytes} of ${cog.length} bytes`);
    asked = [];
    await fused.readRaster(`${url}/dem.tif`, { bounds, width: 100, height: 100 });
    assert.deepEqual(asked, [], "what was read is kept");
  });

  test("a map tile has rows that are evenly spaced in web mercator", async () => {
    const tile = { x: 4258, y: 2892, z: 13 };
    const [west, south, east, north] = fused.tiles.bounds(tile);
    const { data, width, height, bounds } = await fused.readRaster(path, { tile, resampling: "bilinear" });
    assert.deepEqual([width, height], [256, 256]);
    [west, south, east, north].forEach((edge, i) => near(bounds[i]!, edge!, 1e-9));
    const box = fused.tiles.xyBounds(tile);
    for (const [column, row] of [
      [0, 0],
      [255, 0],
      [17, 200],
    ] as const) {
      const [lng, lat] = lngLat(
        box[0]! + ((column + 0.5) / 256) * (box[2]! - box[0]!),
        box[3]! - ((row + 0.5) / 256) * (box[3]! - box[1]!),
      );
      near(data[row * 256 + column]!, elevation(lng, lat), 0.5);
    }
  });

  test("beyond the raster there is nothing, and a margin widens the bounds", async () => {
    const { data, width, bounds } = await fused.readRaster(path, {
      bounds: [7.5, 46.5, 8.5, 47.5],
      width: 10,
      height: 10,
      margin: 1,
    });
    assert.equal(width, 12);
    near(bounds[0], 7.4, 1e-9);
    assert.equal(data[0], -9999);
    near(data[11 * 12]!, elevation(7.45, 46.45), 60);
    const away = await fused.readRaster(path, { bounds: [20, 20, 21, 21], width: 2, height: 2 });
    assert.deepEqual([...away.data], [-9999, -9999, -9999, -9999]);
  });

  test("a raster in web mercator is asked for in degrees too", async () => {
    const place = join(folder, "mercator.tif");
    const valueAt = (x: number, y: number) => elevation(...lngLat(x, y));
    const box = fused.tiles.xyBounds({ x: 133, y: 90, z: 8 }) as unknown as [number, number, number, number];
    writeFileSync(place, makeCog({ size: 512, box, epsg: 3857, valueAt }));
    const { data, crs } = await fused.readRaster(place, {
      bounds: [7.2, 46.4, 7.6, 46.8],
      width: 64,
      height: 64,
      resampling: "bilinear",
    });
    assert.equal(crs, "EPSG:3857");
    near(data[0]!, elevation(7.2 + 0.2 / 64, 46.8 - 0.2 / 64), 12);
  });

  test("what cannot be read says why: no TIFF, no such band, bounds the wrong way round", async () => {
    const text = join(folder, "text.tif");
    writeFileSync(text, "hello, this is no TIFF");
    await assert.rejects(fused.readRaster(text), /is no TIFF file/);
    await assert.rejects(fused.readRaster(path, { bands: [2] }), /has the bands 1 to 1, and none 2/);
    await assert.rejects(fused.readRaster(path, { bounds: [8, 46, 7, 47] }), /west before east/);
    await assert.rejects(fused.readRaster(path, { tile: { x: 9, y: 0, z: 1 } }), /no tile 1\/9\/0/);
    await assert.rejects(
      fused.readRaster(`${url}/gone`, {}).then(() => fused.readRaster("ftp://x/y.tif")),
      /not from ftp/,
    );
  });

  test("truncated and damaged files end with an error", async () => {
    for (const length of [3, 8, 100, 400, cog.length >> 1]) {
      const broken = join(folder, `cut-${length}.tif`);
      writeFileSync(broken, cog.subarray(0, length));
      await assert.rejects(fused.readRaster(broken), Error, String(length));
    }
    const loop = Buffer.from(makeCog({ size: 256 }));
    const count = loop.readUInt16LE(8);
    loop.writeUInt32LE(8, 10 + count * 12);
    const looping = join(folder, "loop.tif");
    writeFileSync(looping, loop);
    assert.equal((await fused.readRaster(looping)).width, 256);
  });
});

describe("fused.readRaster in a UDF", () => {
  const mean = fused.udf(async (source: string) => {
    const { data, ...facts } = await (fused as any).readRaster(source, { bounds: [7, 46, 8, 47], width: 4, height: 4 });
    return { mean: (data as Float32Array).reduce((sum, each) => sum + each, 0) / 16, facts };
  });

  test("reads an address that its run may reach, and is refused another", async () => {
    const network = { allowPrivate: [new URL(url).host] };
    const given = (await mean.run({ source: `${url}/dem.tif` }, { network, cache: false })) as {
      mean: number;
      facts: object;
    };
    near(given.mean, 1500, 300);
    assert.deepEqual(given.facts, {
      width: 4,
      height: 4,
      bands: 1,
      bounds: [7, 46, 8, 47],
      crs: "EPSG:4326",
      nodata: -9999,
    });
    await assert.rejects(
      mean.run({ source: `${url}/dem.tif` }, { cache: false }),
      /NetworkPermissionError.*may not reach/s,
    );
  });

  test("reads files of the folders that its caller names, and no others", async () => {
    const given = (await mean.run({ source: "dem.tif" }, { files: [folder], cache: false })) as { mean: number };
    near(given.mean, 1500, 300);
    await assert.rejects(mean.run({ source: path }, { cache: false }), /may not read .*dem\.tif.*files: \["\."\]/s);
    await assert.rejects(
      mean.run({ source: "../../etc/passwd" }, { files: [folder], cache: false }),
      /FilePermissionError/,
    );
  });
});
