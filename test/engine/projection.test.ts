import assert from "node:assert/strict";
import { test } from "node:test";
import { projectionOf } from "../../engine/raster/projection.ts";

/** Origins and reference points that the systems' own definitions name, and how far off they may be, metres. */
const points: [crs: string, degrees: [number, number], metres: [number, number], within: number][] = [
  ["EPSG:32632", [9, 0], [500_000, 0], 0.001],
  ["EPSG:32632", [10, 46], [577_432.183, 5_094_533.591], 0.01],
  ["EPSG:32755", [147, 0], [500_000, 10_000_000], 0.001],
  ["EPSG:25832", [9, 45], [500_000, 4_982_950.4], 0.01],
  ["EPSG:26918", [-75, 0], [500_000, 0], 0.001],
  ["EPSG:28355", [147, 0], [500_000, 10_000_000], 0.001],
  ["EPSG:7855", [147, 0], [500_000, 10_000_000], 0.001],
  ["EPSG:3035", [10, 52], [4_321_000, 3_210_000], 0.001],
  ["EPSG:3034", [10, 52], [4_000_000, 2_800_000], 0.001],
  ["EPSG:2154", [3, 46.5], [700_000, 6_600_000], 0.001],
  ["EPSG:5070", [-96, 23], [0, 0], 0.001],
  ["EPSG:3577", [132, 0], [0, 0], 0.001],
  ["EPSG:3978", [-95, 49], [0, 0], 0.001],
  ["EPSG:2193", [173, 0], [1_600_000, 10_000_000], 0.001],
  ["EPSG:3413", [-45, 90], [0, 0], 0.001],
  ["EPSG:3031", [0, -90], [0, 0], 0.001],
  // The old observatory of Bern, in WGS 84, and the national grids' towers: datum shifts are good to a metre or two.
  ["EPSG:2056", [7.438632, 46.951083], [2_600_000, 1_200_000], 2],
  ["EPSG:21781", [7.438632, 46.951083], [600_000, 200_000], 2],
  ["EPSG:28992", [5.387203, 52.155172], [155_000, 463_000], 3],
  ["EPSG:27700", [-1.79, 51.178889], [414_780, 142_220], 60],
];

test("F034 degrees become the units of a reference system, and these degrees again", () => {
  for (const [crs, degrees, metres, within] of points) {
    const projection = projectionOf(crs)!;
    const there = projection.forward(...degrees);
    for (const axis of [0, 1] as const) {
      assert.ok(
        Math.abs(there[axis] - metres[axis]) <= within,
        `${crs}: ${there.join(", ")} is not ${metres.join(", ")}`,
      );
    }
    if (Math.abs(degrees[1]) === 90) continue;
    const back = projection.inverse(...there);
    for (const axis of [0, 1] as const)
      assert.ok(Math.abs(back[axis] - degrees[axis]) < 1e-6, `${crs}: ${back.join(", ")}`);
  }
});

test("a system is named as GeoTIFF and as GeoJSON name it; others are not guessed", () => {
  assert.ok(projectionOf("urn:ogc:def:crs:EPSG::32632"));
  assert.equal(projectionOf("urn:ogc:def:crs:EPSG:9.8:32632"), projectionOf("urn:ogc:def:crs:EPSG:9.8:32632"));
  for (const crs of ["", "EPSG:4326", "EPSG:99999", "EPSG:32661", "32632"])
    assert.equal(projectionOf(crs), undefined, crs);
});
