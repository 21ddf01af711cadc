import assert from "node:assert/strict";
import { test } from "node:test";
import { rasterToRgba } from "../../widgets/map/raster.ts";
import type { RasterStyle } from "../../widgets/map/raster.ts";
import type { Raster } from "../../widgets/map/raster-value.ts";

const pixels = (raster: Raster, style?: RasterStyle) => {
  const { rgba } = rasterToRgba(raster, style);
  return Array.from({ length: rgba.length / 4 }, (_, i) => [...rgba.subarray(4 * i, 4 * i + 4)]);
};
const row = (data: Raster["data"], more: Partial<Raster> = {}): Raster => ({ data, width: 2, height: 1, ...more });

test("F024 floats are taken as 0 to 1 and clamped", () => {
  assert.deepEqual(pixels(row(Float32Array.of(0.5, 7))), [
    [128, 128, 128, 255],
    [255, 255, 255, 255],
  ]);
  assert.deepEqual(pixels(row([0, 1])), [
    [0, 0, 0, 255],
    [255, 255, 255, 255],
  ]);
});

test("F024 integers are stretched from least to greatest, bytes are taken as they are", () => {
  assert.deepEqual(pixels(row(Int16Array.of(-100, 300))), [
    [0, 0, 0, 255],
    [255, 255, 255, 255],
  ]);
  assert.deepEqual(pixels(row(Uint8Array.of(10, 20))), [
    [10, 10, 10, 255],
    [20, 20, 20, 255],
  ]);
});

test("bands come first, or side by side where the raster says so or is canvas data", () => {
  const red = [255, 1, 0, 255];
  assert.deepEqual(pixels(row(Uint8Array.of(255, 9, 1, 9, 0, 9)))[0], red);
  assert.deepEqual(pixels(row(Uint8Array.of(255, 1, 0, 9, 9, 9), { interleaved: true }))[0], red);
  assert.deepEqual(pixels(row(Uint8ClampedArray.of(255, 1, 0, 99, 9, 9, 9, 9)))[0], [255, 1, 0, 99]);
});

test("black is transparent in RGB without alpha, and only there", () => {
  assert.deepEqual(pixels(row(Uint8Array.of(0, 1, 0, 0, 0, 0))), [
    [0, 0, 0, 0],
    [1, 0, 0, 255],
  ]);
  assert.equal(pixels(row(Uint8Array.of(0, 1)))[0]![3], 255);
  assert.equal(pixels(row(Uint8Array.of(0, 1, 0, 0, 0, 0, 255, 255)))[0]![3], 255);
});

test("NaN and nodata are transparent and take no part in the stretch", () => {
  assert.equal(pixels(row(Float64Array.of(NaN, 1)))[0]![3], 0);
  const [missing, least, greatest] = pixels(
    { data: Int16Array.of(-9999, 0, 10), width: 3, height: 1 },
    { nodata: -9999 },
  );
  assert.equal(missing![3], 0);
  assert.deepEqual([least![0], greatest![0]], [0, 255]);
});

test("a single band goes through a palette, over a domain", () => {
  const [low, high] = pixels(row(Float32Array.of(100, 200)), { palette: "viridis", domain: [100, 200] });
  assert.deepEqual(low, [68, 1, 84, 255]);
  assert.deepEqual(high, [253, 231, 37, 255]);
  assert.deepEqual(pixels(row([0, 1]), { palette: "viridis_r" })[0], high);
  assert.deepEqual(pixels(row([0, 1]), { palette: ["#ff0000", "#00f"] }), [
    [255, 0, 0, 255],
    [0, 0, 255, 255],
  ]);
  assert.throws(
    () => pixels(row([0, 1]), { palette: "viridian" }),
    /no palette "viridian"\. Did you mean viridis\? There are gray, .*viridis/,
  );
});

test("numbers that do not fit the size are refused in words", () => {
  assert.throws(
    () => pixels(row([1, 2, 3])),
    /A raster of 2 × 1 holds 2 numbers for each of 1, 3 or 4 bands; this one has 3/,
  );
  assert.throws(() => pixels(row([1, 2], { bands: 2 })), /for 2 bands/);
});
