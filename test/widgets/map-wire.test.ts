import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import type { Feature, Geometry } from "geojson";
import type { UdfFrame } from "../../engine/udf-frame.ts";
import { controlSpecs } from "../../widgets/map/control-specs.ts";
import { featureColours } from "../../widgets/map/colour-table.ts";
import { colourRule } from "../../widgets/map/colour-rules.ts";
import { decodeFeatures } from "../../widgets/map/decode-features.ts";
import { encodeFeatures } from "../../widgets/map/encode-features.ts";
import { readExpression } from "../../widgets/map/expression.ts";
import { featureSet } from "../../widgets/map/features.ts";
import { aggregateTile, worldPoints } from "../../widgets/map/kernel/aggregate-tile.ts";
import { encodeTile, encodeValue } from "../../widgets/map/kernel/encode-tile.ts";
import type { ColourRule } from "../../widgets/map/map-spec.ts";
import { readVizConfig } from "../../widgets/map/viz-config.ts";

const feature = (geometry: Geometry | null, properties: Record<string, unknown> = {}): Feature =>
  ({ type: "Feature", geometry, properties }) as Feature;
const wire = async (features: Feature[]) => {
  const { head, buffers } = encodeFeatures(await featureSet({ type: "FeatureCollection", features }));
  // As a front end hands them over: somewhere in a larger buffer.
  return {
    head,
    table: decodeFeatures(
      head,
      buffers.map((each) => new Uint8Array(each)),
    ),
  };
};

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

describe("F185 expressions of deck.gl JSON", () => {
  const evaluate = (text: string, properties: Record<string, unknown> = {}) =>
    readExpression(text)((name) => (Object.hasOwn(properties, name) ? properties[name] : null));

  test("arithmetic, comparison, conditions, lists, properties", () => {
    assert.equal(evaluate("1 + 2 * 3 - 4 / 2"), 5);
    assert.equal(evaluate("properties.cnt > 10 ? 'many' : 'few'", { cnt: 11 }), "many");
    assert.deepEqual(evaluate("[properties.r * 2, 0, -(1 + g)]", { r: 4, g: 5 }), [8, 0, -6]);
    assert.equal(evaluate("kind == 'a' && !(n >= 3)", { kind: "a", n: 2 }), true);
    assert.equal(evaluate("list[1]", { list: [7, 8] }), 8);
    assert.equal(evaluate("d.properties.x ?? 4"), 4);
  });

  test("nothing else can be said in one", () => {
    for (const text of ["alert(1)", "constructor.constructor('x')()", "a = 1", "x => x", "`t`", "1 +", "(1", "[1,"])
      assert.throws(() => evaluate(text), SyntaxError, text);
    assert.equal(evaluate("properties.constructor"), null);
    assert.equal(evaluate("'text'.constructor"), undefined);
  });
});

describe("F185 colours of Fused's vizConfig", () => {
  const colours = async (rule: ColourRule, values: unknown[]) => {
    const { table } = await wire(
      values.map((value) => feature({ type: "Point", coordinates: [0, 0] }, value === undefined ? {} : { value })),
    );
    const { colourOf } = colourRule(rule, table);
    return values.map((_, i) => colourOf(i));
  };

  test("colorContinuous between the ends of its domain, also backwards; nullColor for what is missing", async () => {
    const colors = [
      [0, 0, 0],
      [200, 100, 50],
    ];
    const rule = (domain: number[]): ColourRule => ({
      function: "colorContinuous",
      attr: "value",
      domain,
      colors,
      nullColor: [1, 2, 3],
    });
    assert.deepEqual(await colours(rule([0, 10]), [0, 5, 10, 99, null]), [
      [0, 0, 0, 255],
      [100, 50, 25, 255],
      [200, 100, 50, 255],
      [200, 100, 50, 255],
      [1, 2, 3, 255],
    ]);
    assert.deepEqual(await colours(rule([10, 0]), [10, 0]), [
      [0, 0, 0, 255],
      [200, 100, 50, 255],
    ]);
  });

  test("steps are classes; bins have one class on either side", async () => {
    const colors = [
      [0, 0, 0],
      [100, 100, 100],
    ];
    const stepped = await colours(
      { function: "colorContinuous", attr: "value", domain: [0, 10], steps: 2, colors },
      [1, 4, 6, 9],
    );
    assert.deepEqual(
      stepped.map(([red]) => red),
      [0, 0, 100, 100],
    );
    const binned = await colours({ function: "colorBins", attr: "value", domain: [5], colors }, [4, 5, 6]);
    assert.deepEqual(
      binned.map(([red]) => red),
      [0, 100, 100],
    );
  });

  test("a category that the domain does not name takes the next colour; null takes nullColor", async () => {
    const rule: ColourRule = {
      function: "colorCategories",
      attr: "value",
      domain: ["a"],
      colors: [
        [1, 1, 1],
        [2, 2, 2],
      ],
      nullColor: [9, 9, 9],
    };
    assert.deepEqual(
      (await colours(rule, ["a", "b", null])).map(([red]) => red),
      [1, 2, 9],
    );
  });

  test("channels are clamped, expressions evaluated, a missing property is transparent", async () => {
    assert.deepEqual(await colours([300, -4, "@@=properties.value"] as never, [7]), [[255, 0, 7, 255]]);
    assert.deepEqual(await colours({ function: "colorContinuous", attr: "other", domain: [0, 1] }, [1]), [
      [0, 0, 0, 0],
    ]);
  });

  test("the whole config: nested and flat, opacity above 1 is 1, what is not understood is told", () => {
    const nested = readVizConfig({
      tileLayer: { "@@type": "TileLayer", minZoom: 3, maxZoom: 12, tileSize: 512 } as never,
      vectorLayer: {
        "@@type": "GeoJsonLayer",
        stroked: true,
        opacity: 5,
        getFillColor: { "@@function": "colorContinuous", attr: "cnt", domain: [0, 9], colors: "TealGrn" },
        getLineColor: { "@@function": "colourOfMyOwn" },
      },
    });
    assert.deepEqual([nested.minZoom, nested.maxZoom, nested.tileSize, nested.opacity], [3, 12, 512, 1]);
    assert.deepEqual(nested.style.fillColor, {
      function: "colorContinuous",
      attr: "cnt",
      domain: [0, 9],
      colors: "TealGrn",
    });
    assert.match(nested.warnings[0]!, /getLineColor/);
    const flat = readVizConfig({ tileLayer: { subLayerConfig: { getFillColor: [1, 2, 3] } } });
    assert.deepEqual(flat.style.fillColor, [1, 2, 3]);
  });
});

describe("colours of a live map", () => {
  test("are those of its picture: by the obvious number, by category, or one for all", async () => {
    const { table } = await wire(
      [1, 2, 3].map((mag) => feature({ type: "Point", coordinates: [0, 0] }, { mag, kind: `k${mag}` })),
    );
    assert.equal(featureColours(table, {}).legend!.title, "mag");
    const categories = featureColours(table, { colorBy: "kind" });
    assert.equal(categories.legend!.kind, "categories");
    assert.notDeepEqual(categories.colourOf(0), categories.colourOf(1));
    assert.deepEqual(featureColours(table, { color: [1, 2, 3] }).colourOf(0), [1, 2, 3, 255]);
  });
});

describe("controls of parameters", () => {
  const parameters = (["int", "float", "boolean", "date", "string", "Bounds"] as const).map((kind) => ({
    name: kind,
    type: { kind },
    optional: false,
    hasDefault: false,
  })) as UdfFrame["parameters"]["parameters"];

  test("by type: sliders, a box to tick, a date, a text; none for the tile", () => {
    const specs = controlSpecs(parameters, { int: 4, float: 0.3 });
    assert.deepEqual(
      specs.map(({ name, kind }) => `${name} ${kind}`),
      ["int slider", "float slider", "boolean checkbox", "date date", "string text"],
    );
    assert.deepEqual(
      specs.slice(0, 2).map(({ min, max, step }) => [min, max, step]),
      [
        [0, 8, 1],
        [0, 1, 0.01],
      ],
    );
  });

  test("with ends or values that are given", () => {
    const [slider, select] = controlSpecs(parameters, {}, { float: [-1, 1, 0.5], string: ["a", "b"] });
    assert.deepEqual([slider!.min, slider!.max, slider!.step], [-1, 1, 0.5]);
    assert.deepEqual([select!.kind, select!.options, select!.value], ["select", ["a", "b"], "a"]);
    assert.throws(() => controlSpecs(parameters, {}, ["flaot"]), /no parameter "flaot"/);
  });
});
