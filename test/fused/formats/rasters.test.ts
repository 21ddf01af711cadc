import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadImage, createCanvas } from "@napi-rs/canvas";
import { fromArrayBuffer } from "geotiff";
import { encode } from "../../../fused/formats/index.ts";

async function pixels(value: unknown, format: string): Promise<number[]> {
  const { bytes } = await encode(value, format);
  const image = await loadImage(Buffer.from(bytes));
  const context = createCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(0, 0, image.width, image.height).data];
}

const tiff = async (...[value, options]: [unknown, Parameters<typeof encode>[2]?]) => {
  const { bytes } = await encode(value, "tiff", options);
  return (await fromArrayBuffer(bytes.slice().buffer as ArrayBuffer)).getImage();
};

describe("pictures", () => {
  test("F024 floats are taken from 0 to 1, and what is no number is transparent", async () => {
    const data = Float32Array.of(0, 0.5, 1, NaN, 2, -1);
    assert.deepEqual(await pixels({ data, width: 3, height: 2 }, "png"), [
      ...[0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255],
      ...[0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255],
    ]);
  });

  test("F024 integers are stretched from their least to their greatest, bytes are as they are", async () => {
    const grey = (values: number[]) => values.flatMap((value) => [value, value, value, 255]);
    assert.deepEqual(
      await pixels({ data: Int16Array.of(-100, 0, 155), width: 3, height: 1 }, "png"),
      grey([0, 100, 255]),
    );
    assert.deepEqual(await pixels({ data: Uint8Array.of(3, 200), width: 2, height: 1 }, "png"), grey([3, 200]));
  });

  test("F024 nodata is transparent, does not stretch the rest, and is told in a GeoTIFF", async () => {
    const raster = { data: Int16Array.of(-9999, 10, 20, 30), width: 2, height: 2, nodata: -9999 };
    assert.deepEqual(await pixels(raster, "png"), [0, 0, 0, 0, 0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255]);
    const floats = { data: Float32Array.of(-9999, 0.5), width: 2, height: 1 };
    assert.equal((await encode(floats, "png", { nodata: -9999 })).bytes.length > 0, true);
    assert.equal((await pixels({ ...floats, nodata: -9999 }, "png"))[3], 0);
    assert.equal((await tiff(raster)).getGDALNoData(), -9999);
  });

  test("F024 RGB comes band by band or side by side, and its black is transparent", async () => {
    const expected = [255, 0, 10, 255, 0, 0, 0, 0];
    const planes = { data: Uint8Array.of(255, 0, 0, 0, 10, 0), width: 2, height: 1 };
    assert.deepEqual(await pixels(planes, "png"), expected);
    const chunky = { data: Uint8Array.of(255, 0, 10, 0, 0, 0), width: 2, height: 1, interleaved: true };
    assert.deepEqual(await pixels(chunky, "png"), expected);
    const rgba = { data: Uint8ClampedArray.of(255, 0, 10, 255, 9, 9, 9, 0), width: 2, height: 1 };
    assert.equal((await pixels(rgba, "png"))[7], 0);
  });

  test("F024 arrays with a shape: four axes are cut to three, one axis is refused, five bands are", async () => {
    const shaped = { data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [2, 1, 2, 2] };
    assert.deepEqual(
      (await pixels(shaped, "png")).filter((_value, i) => i % 4 === 0),
      [1, 2, 3, 4],
    );
    await assert.rejects(encode({ data: Uint8Array.of(1, 2), shape: [2] }, "png"), /one of two axes/);
    await assert.rejects(encode({ data: new Uint8Array(5), shape: [5, 1, 1] }, "png"), /has 5\. tiff and npy/);
    await assert.rejects(
      encode({ data: new Uint8Array(5), width: 2, height: 2 }, "png"),
      /holds 4 numbers a band; this one has 5/,
    );
  });

  test("JPEG and WebP are pictures of the same size", async () => {
    const data = Uint8Array.from({ length: 64 * 64 }, (_none, i) => (i % 64) << 2);
    for (const format of ["jpeg", "webp", "png"]) {
      const read = await pixels({ data, width: 64, height: 64 }, format);
      assert.equal(read.length, 64 * 64 * 4);
      assert.ok(Math.abs(read[4 * 32]! - 128) < 8, format);
    }
  });
});

describe("GeoTIFF", () => {
  test("F024 keeps numbers, bands and bounds", async () => {
    const data = Float32Array.from({ length: 24 }, (_none, i) => i / 2);
    const image = await tiff([{ data, width: 4, height: 3, bands: 2 }, [7, 46, 8, 47]]);
    assert.deepEqual(image.getBoundingBox(), [7, 46, 8, 47]);
    assert.equal(image.getGeoKeys()!.GeographicTypeGeoKey, 4326);
    const [first, second] = (await image.readRasters()) as unknown as Float32Array[];
    assert.deepEqual([...first!, ...second!], [...data]);
  });

  test("every element type, many strips, and bands side by side", async () => {
    for (const type of [
      Int8Array,
      Uint8Array,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
    ]) {
      const data = new type(600 * 500).map((_none: number, i: number) => i % 251);
      const image = await tiff({ data, width: 600, height: 500 });
      const [band] = (await image.readRasters()) as unknown as Float64Array[];
      assert.equal(band!.constructor, type);
      assert.deepEqual(band, data);
    }
    const image = await tiff({ data: Uint8ClampedArray.of(1, 2, 3, 4, 5, 6), width: 2, height: 1 });
    const bands = (await image.readRasters()) as unknown as Uint8Array[];
    assert.deepEqual(
      bands.map((band) => [...band]),
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    );
  });

  test("F024 of a tile run lies on its tile in web mercator, and nodata is told", async () => {
    const image = await tiff(
      { data: new Int16Array(4), width: 2, height: 2 },
      { tile: { x: 1, y: 1, z: 1 }, nodata: -9999 },
    );
    assert.equal(image.getGeoKeys()!.ProjectedCSTypeGeoKey, 3857);
    const box = image.getBoundingBox().map(Math.round);
    assert.deepEqual(box.map(Math.abs), [0, 20037508, 20037508, 0]);
    assert.equal(image.getGDALNoData(), -9999);
  });
});

test("npy has numpy's header and the numbers", async () => {
  const data = Float32Array.of(1, 2, 3, 4);
  const { bytes } = await encode({ data, shape: [1, 2, 2] }, "npy");
  const end = 10 + bytes[8]!;
  const header = Buffer.from(bytes.subarray(0, end)).toString("latin1");
  assert.equal(end % 64, 0);
  assert.match(header, /^\x93NUMPY\x01\0.*'descr': '<f4', 'fortran_order': False, 'shape': \(2, 2\), }\s*\n$/s);
  assert.deepEqual(new Float32Array(bytes.slice(end).buffer), data);
});
