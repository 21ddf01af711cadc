import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { featureColours } from "../../widgets/map/colour-table.ts";
import { colourRule } from "../../widgets/map/colour-rules.ts";
import type { ColourRule } from "../../widgets/map/map-spec.ts";
import { readVizConfig } from "../../widgets/map/viz-config.ts";
import { feature, wire } from "./features-on-wire.ts";

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
