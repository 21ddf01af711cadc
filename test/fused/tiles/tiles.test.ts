import assert from "node:assert/strict";
import { test } from "node:test";
import { createBounds, createTile, TileError } from "../../../fused/tiles/index.ts";
import * as tiles from "../../../fused/tiles/index.ts";
import type { Box } from "../../../fused/tiles/index.ts";

const sample: Box = [-77.34375, 38.41055, -77.167968, 38.54816];

test("a pole has no tile, unless truncated to the edge row", () => {
  for (const lat of [90, -90, 91]) assert.throws(() => tiles.tile(0, lat, 3), /Latitude -?9. has no tile/);
  assert.deepEqual(tiles.tile(0, 90, 3, { truncate: true }), { x: 4, y: 0, z: 3 });
  assert.deepEqual(tiles.tile(0, -90, 3, { truncate: true }), { x: 4, y: 7, z: 3 });
});

test("a tile that does not exist is refused, saying what is in range", () => {
  const bad: [number, number, number, RegExp][] = [
    [8, 0, 3, /x 8 is out of range: at zoom 3 it is 0 to 7/],
    [0, -1, 3, /y -1 is out of range/],
    [0.5, 0, 3, /x must be a whole number, not 0.5/],
    [0, 0, -1, /Zoom must be a whole number from 0 to 32/],
    [0, 0, NaN, /z must be a whole number/],
  ];
  for (const [x, y, z, message] of bad) assert.throws(() => tiles.bounds(x, y, z), { name: "TileError", message });
  assert.throws(() => tiles.tile(0, 0, 33), TileError);
  assert.throws(() => tiles.tile(NaN, 0, 3), /finite longitude/);
  assert.throws(() => tiles.quadkeyToTile("0124"), /digits 0 to 3/);
});

test("a tile may be given as an object, an array or three numbers", () => {
  const wanted = tiles.bounds({ x: 584, y: 786, z: 11 });
  assert.deepEqual(tiles.bounds([584, 786, 11]), wanted);
  assert.deepEqual(tiles.bounds(584, 786, 11), wanted);
});

test("a box across the antimeridian is covered from both sides and is contained by the world alone", () => {
  assert.deepEqual(tiles.tiles(175, 0.5, -175, 10, 4), [
    { x: 0, y: 7, z: 4 },
    { x: 15, y: 7, z: 4 },
  ]);
  for (const box of [
    [170, -20, -170, -10],
    [10, 5, 5, 8],
  ] as Box[]) {
    assert.deepEqual(tiles.boundingTile(...box), { x: 0, y: 0, z: 0 });
  }
});

test("a malformed box, or one of too many tiles, is an error", () => {
  assert.throws(() => tiles.tiles(0, 5, 1, 4, 3), /south 5 is above its north 4/);
  assert.throws(() => tiles.tiles(0, NaN, 1, 4, 3), /four finite numbers/);
  assert.throws(() => tiles.tiles(-180, -85, 180, 85, 12), /more than 1000000 tiles at zoom 12/);
});

test("the nearest tile of a rounded box is found, of any other box is not", () => {
  assert.deepEqual(tiles.nearest(sample), { x: 584, y: 786, z: 11 });
  assert.deepEqual(tiles.nearest([-180, -85.05, 180, 85.05]), { x: 0, y: 0, z: 0 });
  assert.equal(tiles.nearest([-77.3, 38.41055, -77.167968, 38.54816]), undefined);
  assert.equal(tiles.nearest([1, 1, 1, 1]), undefined);
});

test("the zoom of a box is the deepest whose tile is still as large as the box", () => {
  assert.equal(tiles.zoomFor(tiles.bounds(584, 786, 11)), 11);
  assert.equal(tiles.zoomFor(sample), 10, "a hair larger than tile 584/786/11");
  assert.equal(tiles.zoomFor([-180, -90, 180, 90]), 0);
  assert.equal(tiles.zoomFor([5, 5, 5, 5]), 20);
  assert.equal(tiles.zoomFor([179, 0, -179, 1]), tiles.zoomFor([9, 0, 11, 1]), "over the antimeridian as elsewhere");
});

test("a box is covered by about as many tiles as asked for", () => {
  assert.deepEqual(tiles.tilesFor(sample), [{ x: 292, y: 393, z: 10 }]);
  assert.equal(tiles.tilesFor(sample, { count: 4 }).length, 4);
  for (const count of [10, 64, 500]) {
    const got = tiles.tilesFor([5, 45, 15, 55], { count }).length;
    assert.ok(got >= count / 2 && got <= count * 2, `${got} tiles for ${count}`);
  }
  assert.equal(tiles.tilesFor(sample, { zoom: 11 }).length, 4);
  assert.throws(() => tiles.tilesFor(sample, { count: 0 }), /count must be 1 or more/);
});

test("H3 resolution grows with zoom and stays in range", () => {
  assert.deepEqual(
    [0, 3, 8, 12, 20].map((zoom) => tiles.h3Resolution(zoom)),
    [3, 5, 8, 11, 15],
  );
  assert.equal(tiles.h3Resolution(12, { offset: 2, max: 10 }), 9);
});

test("boxes are clipped to one another, also over the antimeridian", () => {
  assert.deepEqual(tiles.clipBox([0, 0, 10, 10], [5, -5, 15, 5]), [5, 0, 10, 5]);
  assert.equal(tiles.clipBox([0, 0, 10, 10], [10, 0, 20, 10]), undefined);
  assert.deepEqual(tiles.clipBox([-180, 0, -90, 10], [170, 5, -170, 6]), [-180, 5, -170, 6]);
});

test("F040 a Bounds value is four numbers that also know their edges by name", () => {
  const bounds = createBounds(sample);
  assert.deepEqual(bounds, sample);
  assert.deepEqual(structuredClone(bounds), sample);
  assert.deepEqual([bounds.xmin, bounds.ymin, bounds.xmax, bounds.ymax], sample);
  assert.deepEqual(bounds.toTile(), { x: 292, y: 393, z: 10 });
  assert.equal(bounds.toGeoDataFrame().features[0]?.geometry.type, "Polygon");
  assert.equal(createBounds([170, 0, -170, 1]).toGeoDataFrame().features[0]?.geometry.type, "MultiPolygon");
  assert.throws(() => Object.assign(bounds, { 0: 1 }), TypeError);
  assert.throws(() => createBounds([1, 2, 3]), /four finite numbers/);
});

test("F039 a TileXYZ value is x, y, z that also know their box and family", () => {
  const tile = createTile({ x: 584, y: 786, z: 11 });
  assert.deepEqual(structuredClone(tile), { x: 584, y: 786, z: 11 });
  assert.deepEqual(tile.bounds(), tiles.bounds(584, 786, 11));
  assert.deepEqual(tile.parent(), { x: 292, y: 393, z: 10 });
  assert.deepEqual(tile.parent()?.children()[0], tile);
  assert.equal(tile.quadkey(), tiles.quadkey(tile));
});

test("descendants are given for a few zooms at once, and only below", () => {
  assert.equal(tiles.children({ x: 0, y: 0, z: 0 }, 3).length, 64);
  assert.throws(() => tiles.children({ x: 0, y: 0, z: 5 }, 5), /below it/);
  assert.throws(() => tiles.children({ x: 0, y: 0, z: 0 }, 11), /ten zooms at once/);
  assert.throws(() => tiles.parent({ x: 0, y: 0, z: 5 }, 5), /less than 5/);
  assert.deepEqual(tiles.parent({ x: 9, y: 9, z: 5 }, 0), { x: 0, y: 0, z: 0 });
});
