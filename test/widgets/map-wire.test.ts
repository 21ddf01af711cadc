import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import { encodeFeatures } from "../../widgets/map/encode-features.ts";
import { featureSet } from "../../widgets/map/features.ts";
import { aggregateTile, worldPoints } from "../../widgets/map/kernel/aggregate-tile.ts";
import { encodeTile, encodeValue } from "../../widgets/map/kernel/encode-tile.ts";
import { feature, wire } from "./features-on-wire.ts";

describe("features on their way to a page", () => {
  test("points, lines with parts and areas with holes arrive with the numbers of their features", async () => {
    const square = (from: number, to: number) => [
      [from, from],
      [to, from],
      [to, to],
      [from, to],
      [from, from],
    ];
    const { head, table } = await wire([
      feature({
        type: "MultiPoint",
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      }),
      feature({
        type: "MultiLineString",
        coordinates: [
          [
            [0, 0],
            [1, 1],
          ],
          [
            [5, 5],
            [6, 6],
            [7, 5],
          ],
        ],
      }),
      feature({ type: "Polygon", coordinates: [square(0, 10), square(4, 6)] }),
    ]);
    assert.deepEqual([head.points, head.lines, head.areas], [2, 2, 1]);
    assert.deepEqual(
      [[...table.points.positions], [...table.points.ids]],
      [
        [1, 2, 3, 4],
        [0, 0],
      ],
    );
    assert.deepEqual(
      [[...table.lines.starts], [...table.lines.ids]],
      [
        [0, 2, 5],
        [1, 1],
      ],
    );
    assert.deepEqual(
      [[...table.areas.starts], [...table.areas.ringStarts]],
      [
        [0, 2],
        [0, 5, 10],
      ],
    );
    assert.deepEqual(head.bounds, [0, 0, 10, 10]);
  });

  test("NaN, null geometries and places off the Earth are left out, and the others keep their numbers", async () => {
    const { table } = await wire([
      feature(null, { name: "nowhere" }),
      feature({ type: "Point", coordinates: [NaN, 1] }, { name: "not a number" }),
      feature({ type: "Point", coordinates: [500_000, 5_000_000] }, { name: "metres" }),
      feature({ type: "Point", coordinates: [8, 47] }, { name: "here" }),
    ]);
    assert.deepEqual([...table.points.ids], [3]);
    assert.equal(table.property(3, "name"), "here");
  });

  test("a line over the antimeridian goes on beyond 180°", async () => {
    const { table } = await wire([
      feature({
        type: "LineString",
        coordinates: [
          [179, 0],
          [-179, 1],
          [-178, 1],
        ],
      }),
    ]);
    assert.deepEqual([...table.lines.positions], [179, 0, 181, 1, 182, 1]);
  });

  test("properties: numbers in the least bytes, texts once each, what is missing as null", async () => {
    const at = (properties: Record<string, unknown>) => feature({ type: "Point", coordinates: [0, 0] }, properties);
    const { head, table } = await wire([
      at({ count: 3, share: 0.5, kind: "a", big: 12n, list: [1, 2] }),
      at({ count: 200, share: null, kind: "b", big: 13n, list: null }),
      at({ count: 7, share: 0.25, kind: "a", big: 14n }),
    ]);
    const types = Object.fromEntries(head.columns.map(({ name, kind, dtype }) => [name, `${kind} ${dtype}`]));
    assert.deepEqual(types, {
      count: "number uint8",
      share: "number float64",
      kind: "text uint8",
      big: "number uint8",
      list: "text uint8",
    });
    assert.deepEqual(
      [0, 1, 2].map((i) => table.property(i, "share")),
      [0.5, null, 0.25],
    );
    assert.deepEqual(
      [0, 1, 2].map((i) => table.property(i, "kind")),
      ["a", "b", "a"],
    );
    assert.deepEqual(
      [table.property(1, "big"), table.property(0, "list"), table.property(1, "list")],
      [13, "[1,2]", null],
    );
  });

  test("columns of an Arrow table go as they are: bytes within 10 % of the raw ones", async () => {
    const count = 10_000;
    const lng = Float64Array.from({ length: count }, (_, i) => (i % 360) - 180);
    const lat = Float64Array.from({ length: count }, (_, i) => (i % 170) - 85);
    const value = Float32Array.from({ length: count }, (_, i) => i);
    const { head, buffers } = encodeFeatures(await featureSet(tableFromArrays({ lng, lat, value })));
    const [positions, ...columns] = buffers.map(({ length }) => length);
    assert.equal(head.points, count);
    const raw = 2 * lng.byteLength + value.byteLength;
    const sent = positions! + columns.reduce((sum, each) => sum + each, 0);
    assert.ok(sent <= 1.1 * raw, `${sent} of ${raw}`);
  });
});

describe("what a UDF gives for a tile", () => {
  const tile = { z: 1, x: 0, y: 0 };

  test("F187 one band goes as numbers, colours as PNG, features as features, nothing as nothing", async () => {
    const band = await encodeTile({ data: new Float32Array(4), width: 2, height: 2 }, tile);
    assert.deepEqual(band!.content, {
      media: "numbers",
      dtype: "float32",
      width: 2,
      height: 2,
      bounds: undefined,
      extent: undefined,
    });
    const integers = await encodeTile({ data: Int16Array.of(5, 9, -3, 4), width: 2, height: 2 }, tile);
    assert.deepEqual((integers!.content as { extent?: unknown }).extent, [-3, 9]);
    const colours = await encodeTile({ data: new Uint8Array(12), width: 2, height: 2, bands: 3 }, tile);
    assert.equal(colours!.content.media, "image");
    assert.deepEqual([...colours!.buffers[0]!.subarray(1, 4)], [...Buffer.from("PNG")]);
    const points = await encodeTile(
      { type: "FeatureCollection", features: [feature({ type: "Point", coordinates: [1, 2] })] },
      tile,
    );
    assert.equal(points!.content.media, "features");
    assert.equal(await encodeTile(null, tile), undefined);
    assert.equal(await encodeTile([], tile), undefined);
    assert.deepEqual((await encodeTile(42, tile))!.content, { media: "text", text: "42" });
  });

  test("a raster that lies elsewhere than its tile says where", async () => {
    const raster = { data: new Uint8Array(1), width: 1, height: 1 };
    const placed = await encodeTile([raster, [1, 2, 3, 4]], tile);
    assert.deepEqual((placed!.content as { bounds?: unknown }).bounds, [1, 2, 3, 4]);
  });

  test("an object that is no thing of a map is told by its names", async () => {
    await assert.rejects(encodeValue({ mean: 3, sum: 4 }), /this is an object with mean, sum/);
    await assert.rejects(encodeValue(new Uint8Array([1, 2, 3])), /no image/);
  });

  test("points are summed up: their number, or the mean of what colours them", async () => {
    const at = (value: number) => feature({ type: "Point", coordinates: [10.001, 10.001] }, { value });
    const { table } = await wire([at(2), at(4), feature({ type: "Point", coordinates: [-170, -80] }, { value: 9 })]);
    const world = worldPoints(table);
    const numbers = (style: object) => {
      const encoded = aggregateTile(table, world, style, { z: 1, x: 1, y: 0 })!;
      const [bytes] = encoded.buffers;
      return [...new Float32Array(bytes!.buffer)].filter((value) => !Number.isNaN(value));
    };
    assert.deepEqual(numbers({ colorBy: "value" }), [3]);
    assert.deepEqual(
      numbers({})
        .map((value) => 10 ** value)
        .map(Math.round),
      [2],
    );
    assert.equal(aggregateTile(table, world, {}, { z: 1, x: 1, y: 1 }), undefined);
  });
});
