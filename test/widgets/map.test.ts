import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as arrow from "apache-arrow";
import { latLngToCell } from "h3-js";
import type { FeatureCollection } from "geojson";
import { displayMap } from "../../widgets/map/display-map.ts";
import { displayTile, displayTiles } from "../../widgets/map/display-tile.ts";
import type { Layer } from "../../widgets/map/layers.ts";
import { ensureBasemap } from "./built-basemap.ts";
import { decode, isNear, pictureOf, placeOn, specOf } from "./picture-of.ts";
import type { Rgb } from "./picture-of.ts";
import { assertSurvives, kilobytes } from "./sanitizer.ts";

const ocean: Rgb = [211, 223, 230];
const land: Rgb = [246, 244, 239];
const newYork = { z: 13, x: 2411, y: 3079 };

before(ensureBasemap);

/** The colour on a map at a longitude and latitude. */
async function colourAt(layers: Layer[], at: [number, number], view?: Parameters<typeof displayMap>[1]): Promise<Rgb> {
  const bundle = await displayMap(layers, view);
  return (await pictureOf(bundle)).at(...placeOn(bundle, ...at));
}

const grid = (value: (x: number, y: number) => number, size = 256) =>
  Float32Array.from({ length: size * size }, (_, i) => value(i % size, Math.floor(i / size)));

describe("the basemap", () => {
  test("F186 water and land are where they are, also beside the antimeridian and in the Caspian Sea", async () => {
    const bundle = await displayMap([]);
    const picture = await pictureOf(bundle);
    assert.deepEqual([picture.width, picture.height], [1440, 840]);
    for (const [lon, lat] of [
      [-32, 41],
      [-140, 31],
      [75, -31],
      [-100, -41],
      [-178, 55],
      [50.5, 41.5],
      [5, 74],
    ] as const) {
      const [x, y] = placeOn(bundle, lon, lat);
      assert(isNear(picture.at(x, y), ocean), `water at ${lon}, ${lat}: ${picture.at(x, y).join()}`);
    }
    for (const [lon, lat] of [
      [22, 21],
      [-105, 57],
      [134, -22],
      [178, 67],
      [-174.2, 66.5],
      [105, 63],
    ] as const) {
      const [x, y] = placeOn(bundle, lon, lat);
      assert(isNear(picture.at(x, y), land), `land at ${lon}, ${lat}: ${picture.at(x, y).join()}`);
    }
  });

  test("every level of detail has no area that smears over the map", async () => {
    for (const zoom of [2.7, 5.4]) {
      assert(isNear(await colourAt([], [-150, 8], { longitude: -150, latitude: 8, zoom }), ocean));
      assert(isNear(await colourAt([], [-175, -45], { longitude: -178, latitude: -45, zoom }), ocean));
    }
  });

  test("a view over the antimeridian shows both sides", async () => {
    const view = { bounds: [165, -50, -165, -10] as [number, number, number, number] };
    assert(isNear(await colourAt([], [172, -43.3], view), land), "New Zealand");
    assert(isNear(await colourAt([], [-172, -33], view), ocean));
    assert.equal(Math.round(specOf(await displayMap([], view)).view.longitude), 180);
  });

  test("places that are not on the map are refused in words", async () => {
    await assert.rejects(displayMap([], { bounds: [0, 50, 10, 40] }), /A map cannot show the box 0, 50, 10, 40/);
    await assert.rejects(displayMap([], { longitude: 0, latitude: 95, zoom: 3 }), /cannot show zoom 3 at 0, 95/);
    await assert.rejects(displayMap([], { width: 20 }), /cannot show a picture of 20 × 420 pixels/);
  });
});

test("an area that two tiles give is drawn once in their picture", async () => {
  const ring = [
    [-60, 10],
    [60, 10],
    [60, 60],
    [-60, 60],
    [-60, 10],
  ];
  const whole = {
    type: "Feature" as const,
    properties: {},
    geometry: { type: "Polygon" as const, coordinates: [ring] },
  };
  const value: FeatureCollection = { type: "FeatureCollection", features: [whole] };
  const tiles = [0, 1].map((x) => ({ z: 1, x, y: 0, value }));
  const both = await displayTiles(tiles, { style: { color: "#ff0000", stroked: false } });
  const one = await displayTiles([{ ...tiles[0]!, value }], {
    bounds: [-180, 0, 180, 85],
    style: { color: "#ff0000", stroked: false },
  });
  const at = async (bundle: typeof both, place: [number, number]) =>
    (await pictureOf(bundle)).at(...placeOn(bundle, ...place));
  // In the Atlantic, then in the Black Sea.
  for (const place of [
    [-35, 35],
    [34, 43.3],
  ] as [number, number][])
    assert(isNear(await at(both, place), await at(one, place), 8));
});

describe("a tile in place", () => {
  test("F187 a raster fills its tile and nothing else, with its palette and a legend", async () => {
    const raster = { data: grid((x) => x / 255), width: 256, height: 256 };
    const bundle = await displayTile(raster, newYork, { name: "ramp", palette: "viridis" });
    const picture = await pictureOf(bundle);
    assert(isNear(picture.at(...placeOn(bundle, -74.0475, 40.73)), [68, 1, 84]), "west end");
    assert(isNear(picture.at(...placeOn(bundle, -74.0042, 40.73)), [253, 231, 37]), "east end");
    assert(isNear(picture.at(...placeOn(bundle, -74.055, 40.73)), land), "outside");
    assert.equal(
      bundle.data["text/plain"],
      "Map: tile 13/2411/3079: 256 × 256 raster (40.7306° N, 74.0259° W, zoom 13.4)",
    );
    assert.deepEqual(specOf(bundle).layers[0]!.tile, { ...newYork, error: undefined });
    assert.match(String(bundle.data["text/html"]), / alt="Map: tile 13\/2411\/3079: 256 × 256 raster\. /);
  });

  test("what a raster says is nodata is transparent, and not the end of a stretch", async () => {
    const half = {
      data: Int16Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? -9999 : 100 + i)),
      width: 8,
      height: 8,
    };
    const bundle = await displayTile({ ...half, nodata: -9999 }, newYork);
    const picture = await pictureOf(bundle);
    assert(isNear(picture.at(...placeOn(bundle, -74.04, 40.73)), land), "the west is the map");
    assert.deepEqual(specOf(bundle).layers[0]!.domain, [104, 163]);
  });

  test("an image, rows with coordinates, GeoJSON, H3 cells and a number are drawn into it", async () => {
    const { createCanvas } = await import("@napi-rs/canvas");
    const red = createCanvas(16, 16);
    red.getContext("2d").fillStyle = "red";
    red.getContext("2d").fillRect(0, 0, 16, 16);
    const middle: [number, number] = [-74.026, 40.7306];
    const drawn = async (value: unknown) => {
      const bundle = await displayTile(value, newYork, { style: { color: "#ff0000", opacity: 1, radius: 8 } });
      return (await pictureOf(bundle)).at(...placeOn(bundle, ...middle));
    };
    assert(isNear(await drawn(await red.encode("png")), [255, 0, 0], 40), "PNG");
    assert(isNear(await drawn([{ lng: middle[0], lat: middle[1] }]), [255, 0, 0], 40), "rows");
    assert(isNear(await drawn({ type: "Point", coordinates: middle }), [255, 0, 0], 40), "GeoJSON");
    assert(isNear(await drawn([{ hex: latLngToCell(middle[1], middle[0], 7) }]), [255, 0, 0], 40), "H3");
    const written = await displayTile(42.5, newYork);
    assert.match(String(written.data["text/plain"]), /tile 13\/2411\/3079: 42\.5/);
  });

  test("a value without a place says so and leaves the tile empty", async () => {
    const bundle = await displayTile([{ a: 1 }, { a: 2 }], newYork);
    assert.match(String(bundle.data["text/plain"]), /2 rows without a place/);
    assert.match(String(bundle.data["text/plain"]), /A map needs to know where the rows lie: .* The columns are a\./);
  });

  test("floats out of 0 to 1 come with the hint to give a domain", async () => {
    const bundle = await displayTile({ data: grid((x) => x), width: 256, height: 256 }, newYork);
    assert.match(
      String(bundle.data["text/html"]),
      /Values run from 0 to 255, but floats are drawn as 0 to 1: give a domain/,
    );
  });

  test("a tile that does not exist is refused in words", async () => {
    await assert.rejects(
      async () => displayTile(1, { z: 2, x: 4, y: 0 }),
      /no tile 2\/4\/0: at zoom 2, x and y run from 0 to 3/,
    );
  });
});

describe("a mosaic of tiles", () => {
  const value = (z: number, x: number, _y: number) => ({
    data: Int16Array.from({ length: 64 * 64 }, (_, i) => 1000 * (x + (i % 64) / 64)),
    width: 64,
    height: 64,
  });
  const tiles = [2, 3, 4].flatMap((x) => [2, 3, 4].map((y) => ({ z: 3, x, y, value: value(3, x, y) })));

  test("integers are stretched alike in all tiles, so that no seam appears", async () => {
    const bundle = await displayTiles(tiles, { palette: "viridis" });
    const picture = await pictureOf(bundle);
    const [x, y] = placeOn(bundle, -45, 5);
    assert(isNear(picture.at(x - 3, y), picture.at(x + 3, y), 16));
    assert.deepEqual(specOf(bundle).layers[0]!.domain, [2000, 4984]);
    assert.match(String(bundle.data["text/plain"]), /^Map: 9 tiles /);
  });

  test("a tile with an error is hatched and counted", async () => {
    const some = tiles.map((tile) =>
      tile.x === 3 && tile.y === 3 ? { ...tile, value: undefined, error: "Error: no data" } : tile,
    );
    const bundle = await displayTiles(some);
    assert.match(String(bundle.data["text/plain"]), /^Map: 9 tiles, 1 with errors/);
    const picture = await pictureOf(bundle);
    const [x, y] = placeOn(bundle, -40, 10);
    const across = Array.from({ length: 60 }, (_, i) => picture.at(x + i, y));
    assert(
      across.some(([red, , blue]) => red - blue > 30),
      "hatched in red, over grey tiles",
    );
  });

  test("features have one look in all tiles: the same value the same colour, dots of one size, one legend", async () => {
    const dots = (x: number, values: number[]) => ({
      type: "FeatureCollection" as const,
      features: values.map((depth, i) => ({
        type: "Feature" as const,
        properties: { depth },
        geometry: { type: "Point" as const, coordinates: [-135 + 90 * x + 8 * i, 40] },
      })),
    });
    const vectors = [dots(0, [0, 50]), dots(1, [50, 100]), dots(2, [])].map((value, x) => ({ z: 2, x, y: 1, value }));
    const bundle = await displayTiles([...vectors, { z: 2, x: 3, y: 1, error: "no data" }]);
    const picture = await pictureOf(bundle);
    const [low, middle, alike, high] = [
      [-135, 40],
      [-127, 40],
      [-45, 40],
      [-37, 40],
    ].map(([lon, lat]) => picture.at(...placeOn(bundle, lon!, lat!)));
    assert(isNear(middle!, alike!, 4), "50 looks like 50");
    assert(!isNear(low!, middle!, 30) && !isNear(alike!, high!, 30));
    const domains = specOf(bundle).layers.map(({ domain }) => domain);
    assert.deepEqual(domains.slice(0, 2), [
      [0, 100],
      [0, 100],
    ]);
    const narrow = await displayTiles(vectors, { style: { domain: [0, 50] } });
    assert.deepEqual(specOf(narrow).layers[0]!.domain, [0, 50]);
  });

  test("the whole world is one square, not two side by side", async () => {
    const bundle = await displayTiles([{ z: 0, x: 0, y: 0, value: value(0, 0, 0) }]);
    const { width, height } = specOf(bundle);
    assert.deepEqual([width, height], [540, 540]);
  });
});

describe("features", () => {
  const points: FeatureCollection = {
    type: "FeatureCollection",
    features: [-10, 0, 10].map((lon, i) => ({
      type: "Feature",
      properties: { id: i * 100, mag: i, kind: i === 0 ? "a" : "b" },
      geometry: { type: "Point", coordinates: [lon, 0] },
    })),
  };

  test("F187 the obvious numeric property colours them; an id does not", async () => {
    const bundle = await displayMap([{ type: "vector", data: points }]);
    assert.equal(specOf(bundle).layers[0]!.colorBy, "mag");
    const picture = await pictureOf(bundle);
    assert(isNear(picture.at(...placeOn(bundle, -10, 0)), [68, 1, 84], 60));
    assert(isNear(picture.at(...placeOn(bundle, 10, 0)), [253, 231, 37], 60));
  });

  test("coordinates that are no place on Earth are left out and told: projected ones, latitude before longitude", async () => {
    const point = (...coordinates: number[]) => ({
      type: "Feature" as const,
      properties: {},
      geometry: { type: "Point" as const, coordinates },
    });
    const textOf = async (...points: number[][]) => {
      const data = { type: "FeatureCollection" as const, features: points.map((at) => point(...at)) };
      return String((await displayMap([{ type: "vector", data }])).data["text/plain"]);
    };
    assert.match(
      await textOf([10, 50], [500000, 4649776.2]),
      /1 of 2 features are not drawn: longitude 500000, latitude 4649776\.2 is no place on Earth; convert them to longitude and latitude \(EPSG:4326\) first\./,
    );
    assert.match(await textOf([52.5, 113.4]), /The feature is not drawn: .*longitude comes first, then latitude\./);
    assert.doesNotMatch(await textOf([190, 50], [-180, 90]), /not drawn/);
  });

  test("text colours by category, a single colour by none; an unknown property is refused in words", async () => {
    const byKind = await displayMap([{ type: "vector", data: points, style: { colorBy: "kind", opacity: 1 } }]);
    assert(isNear((await pictureOf(byKind)).at(...placeOn(byKind, 10, 0)), [78, 121, 167], 40));
    const plain = await displayMap([{ type: "vector", data: points, style: { color: "#00aa00", opacity: 1 } }]);
    assert(isNear((await pictureOf(plain)).at(...placeOn(plain, 10, 0)), [0, 170, 0], 40));
    const wrong = displayMap([{ type: "vector", data: points, style: { colorBy: "magnitude" } }]);
    await assert.rejects(wrong, /coloured by "magnitude", which is no property; there are id, mag, kind/);
  });

  test("points on both sides of the antimeridian are shown close together", async () => {
    const islands = [
      { lon: 178, lat: -18 },
      { lon: -172, lat: -14 },
    ];
    const bundle = await displayMap([
      { type: "points", data: islands, style: { color: "#ff0000", opacity: 1, radius: 8 } },
    ]);
    assert(specOf(bundle).view.zoom > 4);
    const picture = await pictureOf(bundle);
    const [x, y] = placeOn(bundle, 178, -18);
    assert(isNear(picture.at(x, y), [255, 0, 0], 40));
  });

  test("an Arrow table with a GeoArrow column is drawn; one in other coordinates is refused in words", async () => {
    const wkb = (lon: number, lat: number) => {
      const bytes = Buffer.alloc(21);
      bytes.writeUInt8(1, 0);
      bytes.writeUInt32LE(1, 1);
      bytes.writeDoubleLE(lon, 5);
      bytes.writeDoubleLE(lat, 13);
      return bytes;
    };
    const tableIn = (crs: string, [x, y]: [number, number]) => {
      const metadata = new Map([
        ["ARROW:extension:name", "geoarrow.wkb"],
        ["ARROW:extension:metadata", JSON.stringify({ crs })],
      ]);
      const schema = new arrow.Schema([new arrow.Field("at", new arrow.Binary(), true, metadata)]);
      const column = arrow.vectorFromArray([wkb(x, y)], new arrow.Binary());
      return new arrow.Table(schema, { at: column } as never);
    };
    const style = { color: "#ff0000", opacity: 1, radius: 8 };
    for (const table of [tableIn("EPSG:4326", [10, 50]), tableIn("EPSG:3857", [1113194.9, 6446275.8])]) {
      assert(isNear(await colourAt([{ type: "vector", data: table, style }], [10, 50]), [255, 0, 0], 40));
    }
    const swiss = displayMap([{ type: "vector", data: tableIn("EPSG:2056", [2600000, 1200000]) }]);
    await assert.rejects(swiss, /"at" is in EPSG:2056; a map needs .*EPSG:4326.* Reproject it first/);
  });

  test("a raster in degrees is bent to the map: its middle row lies on the equator's side it should", async () => {
    const data = Uint8Array.from({ length: 180 * 3 }, (_, i) => (Math.floor(i / 3) < 30 ? 255 : 1));
    const bundle = await displayMap(
      [{ type: "raster", image: { data, width: 3, height: 180 }, bounds: [-40, -90, 40, 90] }],
      {
        bounds: [-60, -70, 60, 80],
      },
    );
    const picture = await pictureOf(bundle);
    assert(isNear(picture.at(...placeOn(bundle, 30, 62)), [255, 255, 255], 40), "above 60° N");
    assert(isNear(picture.at(...placeOn(bundle, 30, 58)), [1, 1, 1], 40), "below");
  });
});

describe("the bundle", () => {
  test("F186 has a spec, HTML that survives sanitizers, a PNG and a line of text, without the network", async () => {
    const bundle = await displayMap([{ type: "points", data: [{ lon: 1, lat: 2 }] }], { title: "One <point>" });
    assert.deepEqual(Object.keys(bundle.data), [
      "application/vnd.fused.map+json",
      "text/html",
      "image/png",
      "text/plain",
    ]);
    assert.equal(specOf(bundle).version, 1);
    const html = String(bundle.data["text/html"]);
    assertSurvives(html);
    assert.match(html, /One &lt;point&gt;/);
    assert.doesNotMatch(html, /https?:|<script|<style/);
    const small = await decode(Buffer.from(String(bundle.data["image/png"]), "base64"));
    assert.deepEqual([small.width, small.height], [720, 420]);
    assert.deepEqual(bundle.metadata, { "image/png": { width: 720, height: 420 } });
  });

  test("even noise stays within 150 KB, a hundred tiles too", async () => {
    let seed = 1;
    const data = Uint8Array.from({ length: 3 * 512 * 512 }, () => (seed = (seed * 16807) % 2147483647) % 256);
    const noise = { data, width: 512, height: 512 };
    assert(kilobytes(await displayMap([{ type: "raster", image: noise, bounds: [-180, -80, 180, 80] }])) < 150);
    const tiles = Array.from({ length: 120 }, (_, i) => ({ z: 5, x: i % 12, y: 8 + Math.floor(i / 12), value: noise }));
    assert(kilobytes(await displayTiles(tiles.slice(0, 40))) < 150);
    assert(kilobytes(await displayTiles(tiles.map((tile) => ({ ...tile, value: 7 })))) < 150);
  });

  test("the dark basemap is dark", async () => {
    assert(isNear(await colourAt([], [-32, 41], { theme: "dark" }), [23, 29, 36]));
  });
});
