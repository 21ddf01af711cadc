import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as tiles from "../../../fused/tiles/index.ts";
import type { Box, Tile } from "../../../fused/tiles/index.ts";

type Triple = [number, number, number];

const vectors = JSON.parse(readFileSync(new URL("mercantile-vectors.json", import.meta.url), "utf8")) as {
  tile: [Triple, Triple][];
  truncatedTile: [Triple, Triple][];
  bounds: [Triple, Box][];
  ul: [Triple, [number, number]][];
  xyBounds: [Triple, Box][];
  quadkey: [Triple, string][];
  parent: [Triple, Triple | null][];
  children: [Triple, Triple[]][];
  neighbors: [Triple, Triple[]][];
  boundingTile: [Box, Triple][];
  tiles: [Box, number[], Triple[]][];
  feature: unknown[];
  simplify: [Triple[], Triple[]][];
  xy: [[number, number], [number, number]][];
  lngLat: [[number, number], [number, number]][];
};

const triple = ({ x, y, z }: Tile): Triple => [x, y, z];
const object = ([x, y, z]: Triple): Tile => ({ x, y, z });

/** V8's and C's sin, sinh and atan differ in the last bit now and then. */
function assertNear(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (const [i, value] of actual.entries()) {
    const wanted = expected[i]!;
    const near = value === wanted || Math.abs(value - wanted) <= 4 * Number.EPSILON * Math.max(1, Math.abs(wanted));
    assert.ok(near, `${what}: [${i}] ${value}, not ${wanted}`);
  }
}

test("F035 tile numbers equal mercantile's, at the poles' edge rows, the antimeridian, zoom 0 and zoom 28", () => {
  for (const [args, wanted] of vectors.tile) assert.deepEqual(triple(tiles.tile(...args)), wanted, `tile(${args})`);
  for (const [args, wanted] of vectors.truncatedTile) {
    assert.deepEqual(triple(tiles.tile(...args, { truncate: true })), wanted, `tile(${args}, truncate)`);
  }
});

test("F035 bounds, corners and metres equal mercantile's", () => {
  for (const [args, wanted] of vectors.bounds) assertNear(tiles.bounds(args), wanted, `bounds(${args})`);
  for (const [args, wanted] of vectors.ul) assertNear(tiles.ul(...args), wanted, `ul(${args})`);
  for (const [args, wanted] of vectors.xyBounds) assertNear(tiles.xyBounds(object(args)), wanted, `xyBounds(${args})`);
  for (const [args, wanted] of vectors.xy) assertNear(tiles.xy(...args), wanted, `xy(${args})`);
  for (const [args, wanted] of vectors.lngLat) assertNear(tiles.lngLat(...args), wanted, `lngLat(${args})`);
});

test("F035 parents, children (in order), neighbours and quadkeys equal mercantile's", () => {
  for (const [args, wanted] of vectors.parent) {
    const above = tiles.parent(object(args));
    assert.deepEqual(above ? triple(above) : null, wanted, `parent(${args})`);
  }
  for (const [args, wanted] of vectors.children) assert.deepEqual(tiles.children(object(args)).map(triple), wanted);
  for (const [args, wanted] of vectors.neighbors) assert.deepEqual(tiles.neighbors(object(args)).map(triple), wanted);
  for (const [args, wanted] of vectors.quadkey) {
    assert.equal(tiles.quadkey(args), wanted);
    assert.deepEqual(triple(tiles.quadkeyToTile(wanted)), args);
  }
});

test("F035 covering tiles, bounding tiles and simplification equal mercantile's", () => {
  for (const [box, zooms, wanted] of vectors.tiles) {
    assert.deepEqual(tiles.tiles(...box, zooms).map(triple), wanted, `tiles(${box}, ${zooms})`);
  }
  for (const [box, wanted] of vectors.boundingTile) {
    assert.deepEqual(triple(tiles.boundingTile(...box)), wanted, `boundingTile(${box})`);
  }
  const sorted = (list: Triple[]): Triple[] => list.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  for (const [list, wanted] of vectors.simplify) {
    assert.deepEqual(sorted(tiles.simplify(list.map(object)).map(triple)), wanted);
  }
});

test("F035 a tile's feature is laid out as mercantile's", () => {
  const tile = { x: 486, y: 332, z: 10 };
  const mercator = { id: 7, properties: { a: 1 }, projected: "mercator", precision: 2 } as const;
  assert.deepEqual(tiles.feature(tile), vectors.feature[0]);
  assert.deepEqual(tiles.feature(tile, mercator), vectors.feature[2]);
  assert.deepEqual(tiles.feature({ x: 584, y: 786, z: 11 }, { buffer: 0.5, precision: 3 }), vectors.feature[3]);
});

test("F030 F031 F034 the sample tiles have the specification's numbers", () => {
  assert.deepEqual(tiles.tile(-122, 37.1, 13), { x: 1319, y: 3185, z: 13 });
  const samples: [Triple, Box][] = [
    [
      [1319, 3185, 13],
      [-122.0361328125, 37.09023980307207, -121.9921875, 37.12528628496679],
    ],
    [
      [2411, 3079, 13],
      [-74.0478515625, 40.713955826286046, -74.00390625, 40.74725696280421],
    ],
    [
      [584, 786, 11],
      [-77.34375, 38.410558250946075, -77.16796875, 38.54816542304658],
    ],
    [
      [0, 0, 0],
      [-180, -85.0511287798066, 180, 85.0511287798066],
    ],
    [
      [9647, 12320, 15],
      [-74.014892578125, 40.7056279382059, -74.00390625, 40.713955826286046],
    ],
    [
      [327, 791, 11],
      [-122.51953125, 37.718590325588146, -122.34375, 37.85750715625204],
    ],
  ];
  for (const [tile, box] of samples) {
    assertNear(tiles.bounds(...tile), box, `bounds(${tile})`);
    assert.deepEqual(tiles.tiles(...box, tile[2]).map(triple), [tile], "the box of a tile is covered by it alone");
  }
});
