import assert from "node:assert/strict";
import { test } from "node:test";
import type { FeatureCollection, Polygon } from "geojson";
import { UdfParameterError } from "../../fused/errors.ts";
import { parseModuleUdf } from "../../fused/source/parse-udf.ts";
import { fillTileParameter, isTileUdf, takeTileArgument, tileParameter } from "../../fused/tile-arguments.ts";
import type { TileArgument } from "../../fused/tile-arguments.ts";
import { bounds, xy } from "../../fused/tiles/index.ts";

const schema = (declaration: string) => parseModuleUdf(`function udf(${declaration}) {}`, { name: "udf" }).parameters;

const take = (given: Record<string, unknown>, declaration = "bounds: Bounds") =>
  takeTileArgument(schema(declaration), given, "udf");

/** What the runs of a UDF get for its tile parameter. */
function values(declaration: string, given: Record<string, unknown>): unknown[] {
  const { argument, zoom } = take(given, declaration);
  return fillTileParameter(schema(declaration), argument!, { zoom, udfName: "udf" }).values;
}

const tile = { x: 584, y: 786, z: 11 };
const samplePolygon: Polygon = {
  type: "Polygon",
  coordinates: [
    [
      [-77.16796875, 38.54816542304658],
      [-77.16796875, 38.410558250946075],
      [-77.34375, 38.410558250946075],
      [-77.34375, 38.54816542304658],
      [-77.16796875, 38.54816542304658],
    ],
  ],
};
const sampleCollection: FeatureCollection = {
  type: "FeatureCollection",
  features: [{ type: "Feature", properties: { name: "a" }, geometry: samplePolygon }],
};

test("F028 without a tile nothing is taken from the parameters", () => {
  assert.deepEqual(take({ n: 1, name: "a" }), {
    argument: undefined,
    zoom: undefined,
    parameters: { n: 1, name: "a" },
  });
  assert.deepEqual(take({ bounds: null, n: 1 }).argument, undefined);
});

test("F029 a tile run fills bounds or bbox, and leaves the other parameters", () => {
  const { argument, parameters } = take({ x: 2411, y: 3079, z: 13, n: 5 });
  assert.deepEqual(parameters, { n: 5 });
  for (const declaration of [
    "bounds: Bounds",
    "bounds",
    "bbox: Bounds",
    "path: string, bounds: number[] = [0, 0, 1, 1]",
  ]) {
    const runs = fillTileParameter(schema(declaration), argument!);
    assert.deepEqual(runs.values, [bounds(2411, 3079, 13)], declaration);
    assert.match(runs.parameter, /^b(ounds|box)$/);
  }
});

test("F029 a UDF that takes no tile is refused, saying what to declare", () => {
  const { argument } = take({ x: 0, y: 0, z: 0 }, "n: int");
  assert.throws(
    () => fillTileParameter(schema("n: int"), argument!, { udfName: "hello" }),
    /hello cannot run for a tile, because it has no parameter to take one: declare bounds: Bounds/,
  );
});

test("F030 a tile by lat, lng, z, also as text", () => {
  const wanted: TileArgument = { kind: "tile", tile: { x: 1319, y: 3185, z: 13 } };
  assert.deepEqual(take({ lat: 37.1, lng: -122, z: 13 }).argument, wanted);
  assert.deepEqual(take({ lat: "37.1", lng: "-122.0", z: "13" }).argument, wanted);
});

test("F031 a tile by x, y, z, or as tile", () => {
  const wanted: TileArgument = { kind: "tile", tile: { x: 2411, y: 3079, z: 13 } };
  const forms = [{ x: 2411, y: 3079, z: 13 }, { x: "2411", y: "3079", z: "13" }, { tile: "13/2411/3079" }];
  for (const given of [...forms, { tile: wanted.tile }]) assert.deepEqual(take(given).argument, wanted);
});

test("F032 a box comes through as its four numbers", () => {
  const box = [-77.34375, 38.41055, -77.167968, 38.54816];
  for (const given of [{ bounds: box }, { bbox: box }, { bounds: JSON.stringify(box) }]) {
    assert.deepEqual(values("bounds: Bounds", given), [box]);
  }
});

test("F033 a polygon: its envelope for Bounds, itself for GeoDataFrame, Polygon and Bbox", () => {
  const wkt = "POLYGON ((0 0, 4 1, 2 3, 0 0))";
  const triangle = {
    type: "Polygon",
    coordinates: [
      [
        [0, 0],
        [4, 1],
        [2, 3],
        [0, 0],
      ],
    ],
  };
  for (const bbox of [wkt, triangle, { type: "Feature", properties: {}, geometry: triangle }]) {
    assert.deepEqual(values("bounds: Bounds", { bbox }), [[0, 0, 4, 3]]);
    assert.deepEqual(values("bbox: Polygon", { bbox }), [triangle]);
    assert.deepEqual(values("bbox: Bbox", { bbox }), [triangle]);
    const [collection] = values("bbox: GeoDataFrame", { bbox }) as FeatureCollection[];
    assert.deepEqual(
      collection!.features.map(({ geometry }) => geometry),
      [triangle],
    );
  }
});

test("F034 the sample collection is exactly tile 584/786/11", () => {
  assert.deepEqual(values("bounds: Bounds", { bbox: sampleCollection }), [bounds(tile)]);
  assert.deepEqual(values("tile: TileXYZ", { bbox: sampleCollection }), [tile]);
  assert.deepEqual(values("bbox: GeoDataFrame", { bbox: sampleCollection }), [sampleCollection]);
});

test("F034 web mercator and UTM are converted to degrees first; a system that is not known is refused", () => {
  const meters = (position: number[]): number[] => xy(position[0]!, position[1]!);
  const projected = {
    ...sampleCollection,
    crs: { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::3857" } },
    features: [
      {
        type: "Feature",
        properties: {},
        geometry: { type: "Polygon", coordinates: samplePolygon.coordinates.map((ring) => ring.map(meters)) },
      },
    ],
  };
  const [box] = values("bounds: Bounds", { bbox: projected }) as number[][];
  for (const [i, edge] of bounds(tile).entries()) assert.ok(Math.abs(box![i]! - edge) < 1e-9);
  const inZone9 = { type: "Point", coordinates: [500_000, 4_982_950.4] };
  const utm = {
    ...sampleCollection,
    crs: "urn:ogc:def:crs:EPSG::32632",
    features: [{ type: "Feature", geometry: inZone9 }],
  };
  const [place] = values("bounds: Bounds", { bbox: utm }) as number[][];
  for (const [i, edge] of [9, 45, 9, 45].entries()) assert.ok(Math.abs(place![i]! - edge) < 1e-6, String(place));
  assert.throws(() => take({ bbox: { ...projected, crs: "EPSG:4937" } }), /its crs is EPSG:4937: convert it first/);
});

test("F037 conflicting or incomplete tile arguments give one clear error", () => {
  const bad: [Record<string, unknown>, RegExp][] = [
    [{ x: 1, y: 2 }, /x, y without z is no tile. Give a tile in one way/],
    [{ lat: 1, z: 3 }, /z, lat without lng is no tile/],
    [{ x: 1, y: 2, z: 3, lat: 1, lng: 2 }, /x, y, z, lat, lng are more than one tile/],
    [{ x: 1, y: 2, z: 3, bounds: [0, 0, 1, 1] }, /are more than one tile/],
    [{ bounds: [0, 0, 1, 1], bbox: [0, 0, 1, 1] }, /bounds, bbox are more than one tile/],
    [{ tile: { x: 0, y: 0, z: 0 }, z: 3 }, /tile is a tile, and z another one/],
    [{ x: 8, y: 0, z: 3 }, /must be a tile that exists \(Tile x 8 is out of range: at zoom 3 it is 0 to 7\)/],
    [{ x: 0.5, y: 0, z: 3 }, /whole number/],
    [{ x: "a", y: 0, z: 3 }, /whole number/],
    [{ x: 0, y: 0, z: 29 }, /a zoom, which is a whole number from 0 to 28/],
    [{ lat: 90, lng: 0, z: 3 }, /Latitude 90 has no tile/],
    [{ bounds: [0, 1, 2] }, /bounds must be four numbers/],
    [{ bbox: "POLYGON ((0 0, 1 0" }, /bbox must be WKT \(line 1, column 19/],
  ];
  for (const [given, message] of bad) {
    assert.throws(
      () => take(given),
      (error: UdfParameterError) => {
        assert.ok(error instanceof UdfParameterError, String(error));
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

test("names that the UDF declares are its parameters, not a tile", () => {
  assert.deepEqual(take({ lat: 1, lng: 2 }, "lat: float, lng: float"), {
    argument: undefined,
    zoom: undefined,
    parameters: { lat: 1, lng: 2 },
  });
  const { argument, parameters } = take({ x: 1, bounds: [0, 0, 1, 1] }, "bounds: Bounds, x: int");
  assert.deepEqual([argument?.kind, parameters], ["box", { x: 1 }]);
  assert.deepEqual(take({ x: 1 }, "n: int").parameters, { x: 1 }, "an unknown parameter, for the coercion to name");
  assert.deepEqual(take({ z: 1 }).parameters, { z: 1 });
});

test("F038 a tile UDF that is given a larger area runs once for each covering tile", () => {
  const box = [-77.34375, 38.41055, -77.167968, 38.54816];
  const { argument, zoom } = take({ bounds: box, z: 11 }, "tile: TileXYZ");
  const runs = fillTileParameter(schema("tile: TileXYZ"), argument!, { zoom });
  const covering = [584, 585].flatMap((x) => [786, 787].map((y) => ({ x, y, z: 11 })));
  assert.deepEqual(runs, { parameter: "tile", values: covering, tiles: covering });
  assert.equal(values("t: fused.types.Tile", { bounds: box, z: 11 }).length, 4);
  assert.equal(values("tile: TileXYZ", { bounds: box }).length, 1, "by default about one tile covers it");
  assert.equal(values("bounds: Bounds", { bounds: box, z: 11 }).length, 1, "a UDF typed Bounds runs once");
  assert.throws(() => values("tile: TileXYZ", { bounds: [-180, -85, 180, 85], z: 20 }), /more than 1000000 tiles/);
});

test("F039 F040 what each declared type gets for a tile", () => {
  const polygon = {
    type: "Polygon",
    coordinates: [
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 0],
      [0, 0],
    ],
  };
  assert.equal(polygon.coordinates.length, 5);
  const [bbox] = values("bbox: Bbox", tile) as Polygon[];
  assert.deepEqual([bbox!.type, bbox!.coordinates[0]!.length], ["Polygon", 5]);
  assert.deepEqual(values("tile: TileXYZ", tile), [tile]);
  assert.deepEqual(values("tile", tile), [tile]);
  for (const declaration of ["t: TileGDF", "t: fused.types.Tile", "bbox", "bbox: GeoDataFrame"]) {
    const [row] = values(declaration, tile) as FeatureCollection[];
    assert.deepEqual(
      row!.features.map(({ properties }) => properties),
      [tile],
      declaration,
    );
  }
  const [view] = values("view: ViewportGDF", tile) as FeatureCollection[];
  assert.deepEqual(
    view!.features.map(({ properties }) => properties),
    [{}],
  );
  assert.deepEqual(values("tile: { x: int; y: int; z: int }", tile), [tile]);
});

test("the tile parameter is found by name or type wherever it stands", () => {
  const found: [declaration: string, name: string | undefined][] = [
    ["path: string, bounds = [0, 0, 1, 1]", "bounds"],
    ["n: int, area: Bounds", "area"],
    ["area: Bounds, bbox: GeoDataFrame", "bbox"],
    ["{ path, where }: { path: string; where: TileXYZ }", "where"],
    ["shapes: GeoDataFrame, n: int", "shapes"],
    ["n: int, shapes: GeoDataFrame", undefined],
    ["bounds: int", undefined],
    ["", undefined],
  ];
  for (const [declaration, name] of found) assert.equal(tileParameter(schema(declaration))?.name, name, declaration);
});

test("F041 a UDF whose first parameter is typed as tile or box is a tile UDF", () => {
  for (const declaration of ["bounds: Bounds", "t: TileXYZ, n: int", "bbox", "b: fused.types.Tile"]) {
    assert.equal(isTileUdf(schema(declaration)), true, declaration);
  }
  for (const declaration of ["", "n: int", "path: string, bounds: Bounds", "bounds: number[]"]) {
    assert.equal(isTileUdf(schema(declaration)), false, declaration);
  }
});
