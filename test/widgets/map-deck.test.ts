import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FeatureCollection, Polygon } from "geojson";
import { readDeckInput } from "../../widgets/map/deck-input.ts";
import { checkDeckLayer } from "../../widgets/map/deck-json.ts";
import { readyDeck } from "../../widgets/map/ready-deck.ts";
import type { Layer } from "../../widgets/map/layers.ts";
import { map } from "../../widgets/map/map-handle.ts";
import { swipeSpec } from "../../widgets/map/swipe-spec.ts";
import { timeSpec } from "../../widgets/map/time-spec.ts";

type Vector = Extract<Layer, { type: "vector" }>;
/** What the picture draws of a layer. */
const stillOf = async (layer: Parameters<typeof readyDeck>[0]) => (await readyDeck(layer)).still as Vector;
const geometriesOf = (still: Vector) => (still.data as FeatureCollection).features.map(({ geometry }) => geometry);

describe("F185 deck.gl JSON", () => {
  test("a class, an extension, a function or a constant that there is not is told with the nearest name", () => {
    const wrong = (layer: object) => () => checkDeckLayer({ "@@type": "ScatterplotLayer", ...layer });
    assert.throws(
      wrong({ "@@type": "ScaterplotLayer" }),
      /the layer "ScaterplotLayer".*Did you mean ScatterplotLayer\?/,
    );
    assert.throws(wrong({ "@@type": "Hexagon" }), /Did you mean HexagonLayer\?/);
    assert.throws(wrong({ "@@type": "Tile3DLayer" }), /There are ScatterplotLayer, GeoJsonLayer/);
    assert.throws(wrong({ extensions: [{ "@@type": "DataFilterExtensions" }] }), /Did you mean DataFilterExtension\?/);
    assert.throws(
      wrong({ getFillColor: { "@@function": "colorContinous" } }),
      /in ScatterplotLayer\.getFillColor.*Did you mean colorContinuous\?/,
    );
    assert.throws(wrong({ radiusUnits: "@@#UNIT.metres" }), /Did you mean UNIT\.meters\?/);
    assert.equal(wrong({ radiusUnits: "@@#UNIT.meters" })(), "ScatterplotLayer");
  });

  test("a whole deck, also as text, gives layers, a view and a basemap; other views are refused in words", () => {
    const deck = {
      layers: [{ "@@type": "ScatterplotLayer", id: "dots", data: [] }],
      initialViewState: { longitude: 7, latitude: 50, zoom: 4, pitch: 30 },
      mapStyle: "https://basemaps.cartocdn.com/gl/dark-matter-gl-style/style.json",
    };
    for (const given of [deck, JSON.stringify(deck)]) {
      const { layers, options } = readDeckInput(given)!;
      assert.deepEqual(
        layers.map(({ name }) => name),
        ["dots"],
      );
      assert.deepEqual(options, { pitch: 30, center: [7, 50], zoom: 4, basemap: "dark" });
    }
    assert.throws(
      () => map({ ...deck, views: { "@@type": "OrbitView" } }),
      /asks for a OrbitView; a map here has the MapView/,
    );
    assert.equal(readDeckInput([{ lat: 1, lng: 2 }]), undefined);
  });

  test("tiles at an address become a layer that the kernel fetches", () => {
    const url = "https://tiles.example/{z}/{x}/{y}";
    const { layers } = readDeckInput({
      layers: [{ "@@type": "MVTLayer", data: url, getFillColor: [1, 2, 3], maxZoom: 10, opacity: 0.5 }],
    })!;
    const [{ data, vizConfig, opacity }] = layers as [(typeof layers)[number]];
    assert.deepEqual([data, opacity], [{ url, attribution: undefined, maxZoom: 10, tileSize: 512 }, 0.5]);
    assert.deepEqual(vizConfig, { vectorLayer: { getFillColor: [1, 2, 3] } });
    assert.throws(() => map({ "@@type": "TileLayer", data: "x.tif" }), /an address with \{z\}, \{x\} and \{y\}/);
  });

  test("places and colours for the picture: expressions, lists of them, functions of Fused's, deck.gl's own defaults", async () => {
    const dots = await stillOf({
      "@@type": "ScatterplotLayer",
      data: [{ lng: 1, lat: 2, n: 5 }, { lng: 3, lat: 4, n: 15 }, { n: 1 }],
      getPosition: "@@=[lng, lat]",
      getFillColor: "@@=n > 10 ? [255, 0, 0] : [0, 0, 255, 51]",
    });
    assert.deepEqual(geometriesOf(dots), [
      { type: "Point", coordinates: [1, 2] },
      { type: "Point", coordinates: [3, 4] },
      null,
    ]);
    assert.deepEqual(dots.style!.colours, ["rgba(0, 0, 255, 0.2)", "rgba(255, 0, 0, 1)", "rgba(0, 0, 255, 0.2)"]);
    const lines = await stillOf({
      "@@type": "ArcLayer",
      data: [{ sourcePosition: [0, 0], targetPosition: [9, 9], v: 200 }],
      getSourceColor: ["@@=v", 0, 0],
    });
    assert.deepEqual(geometriesOf(lines), [
      {
        type: "LineString",
        coordinates: [
          [0, 0],
          [9, 9],
        ],
      },
    ]);
    assert.deepEqual(lines.style!.colours, ["rgba(200, 0, 0, 1)"]);
    const area = await stillOf({
      "@@type": "PolygonLayer",
      data: [
        {
          ring: [
            [0, 0],
            [1, 0],
            [1, 1],
          ],
          kind: "a",
        },
      ],
      getPolygon: "@@=ring",
      getFillColor: { "@@function": "colorCategories", attr: "kind", domain: ["a"], colors: [[1, 2, 3]] },
    });
    assert.deepEqual((geometriesOf(area)[0] as Polygon).coordinates[0]!.at(-1), [0, 0]);
    assert.deepEqual(area.style!.colours, ["rgba(1, 2, 3, 1)"]);
    const cells = await readyDeck({ "@@type": "QuadkeyLayer", data: [{ quadkey: "1" }] });
    assert.deepEqual(cells.bounds!.map(Math.round), [0, 0, 180, 85]);
    const hash = await readyDeck({ "@@type": "GeohashLayer", data: [{ geohash: "s" }] });
    assert.deepEqual(hash.bounds, [0, 0, 45, 45]);
  });

  test("rows travel beside what the notebook stores", async () => {
    const data = Array.from({ length: 1000 }, (_, i) => ({ position: [i / 10, 0], big: 5n }));
    const { json, heavy, count } = await readyDeck({ "@@type": "ScatterplotLayer", data, getRadius: 3 });
    assert.deepEqual([json, count], [{ "@@type": "ScatterplotLayer", getRadius: 3 }, 1000]);
    const sent = JSON.parse(new TextDecoder().decode(heavy)) as { data: unknown[] };
    assert.deepEqual(sent.data[1], { position: [0.1, 0], big: 5 });
    await assert.rejects(readyDeck({ "@@type": "ScatterplotLayer", data: { rows: [] } }), /a list of rows or a table/);
  });
});

describe("the slider of time", () => {
  const layer: Layer = {
    type: "points",
    data: [
      { lat: 0, lng: 0, day: "2020-01-01", year: 1990 },
      { lat: 1, lng: 1, day: new Date("2020-04-10"), year: 2020 },
      { lat: 1, lng: 1, day: null, year: null },
    ],
  };

  test("its ends are the data's; dates count in days, a year is a number", async () => {
    const day = 86_400_000;
    const [from, to] = [Date.UTC(2020, 0, 1), Date.UTC(2020, 3, 10)];
    assert.deepEqual(await timeSpec("day", [layer], []), {
      ...{ field: "day", isDate: true, from, to, step: day, window: 10 * day, startsWhole: true },
    });
    assert.deepEqual(await timeSpec({ field: "year", step: 1, cumulative: true }, [layer], []), {
      ...{ field: "year", isDate: false, from: 1990, to: 2020, step: 1 },
    });
  });

  test("a property or parameter that there is not is named with those that there are", async () => {
    await assert.rejects(timeSpec("when", [layer], []), /by "when", which is no property; there are day, year/);
    await assert.rejects(timeSpec({ parameter: "level" }, [layer], []), /"level", which no UDF of the map has/);
    await assert.rejects(timeSpec({}, [layer], []), /names a property of features \(field\) or a UDF's parameter/);
  });
});

test("swipe takes two layers, by name or the first two", () => {
  const layers = ["before", "after"].map((name, i) => ({ id: `layer-${i}`, name }));
  assert.deepEqual(swipeSpec(true, layers), { left: ["layer-0"], right: ["layer-1"] });
  assert.deepEqual(swipeSpec(["after", ["before"]], layers), { left: ["layer-1"], right: ["layer-0"] });
  assert.throws(() => swipeSpec(["before", "later"], layers), /the layer "later".*there are before, after/);
  assert.throws(() => swipeSpec(true, layers.slice(1)), /needs two layers/);
});
