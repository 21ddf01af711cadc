import assert from "node:assert/strict";
import { test } from "node:test";
import * as arrow from "apache-arrow";
import { UdfSerializationError } from "../../../fused/errors.ts";
import { encode, FormatError, formats, mediaTypes } from "../../../fused/formats/index.ts";

const text = async (...args: Parameters<typeof encode>) => Buffer.from((await encode(...args)).bytes).toString();

test("F022 simple values are JSON, 64-bit ones exact", async () => {
  for (const value of [true, 3, 1.5, null, [1, "a", [null]], [], new Set([1]), -5n]) {
    const plain = value instanceof Set ? [...value] : value === -5n ? -5 : value;
    assert.deepEqual(JSON.parse(await text(value)), plain);
  }
  assert.equal(await text(2n ** 64n), '"18446744073709551616"');
  assert.equal(await text(undefined), "null");
  assert.equal(await text(new Date(0)), '"1970-01-01T00:00:00.000Z"');
  assert.equal(await text(Float32Array.of(0.5, NaN)), "[0.5,null]");
});

test("F027 text is HTML by itself, and JSON when asked for", async () => {
  assert.deepEqual(await encode("<b>hi</b>"), {
    bytes: new TextEncoder().encode("<b>hi</b>"),
    mediaType: "text/html; charset=utf-8",
    format: "html",
    family: "text",
  });
  assert.equal(await text("<b>", "json"), '"<b>"');
});

test("F025 an object of mixed values is JSON, a table in it its rows", async () => {
  const table = arrow.tableFromArrays({ n: Int32Array.of(1, 2) });
  const value = {
    a: new Map([["k", 1n]]),
    table,
    rows: [{ id: 2n ** 60n }],
    bytes: Uint8Array.of(1, 2),
    deep: { x: [NaN] },
  };
  assert.deepEqual(JSON.parse(await text(value)), {
    a: { k: 1 },
    table: [{ n: 1 }, { n: 2 }],
    rows: [{ id: "1152921504606846976" }],
    bytes: "AQI=",
    deep: { x: [null] },
  });
});

test("F025 a Response keeps status, headers and media type, whatever format is asked for", async () => {
  const made = await encode(
    new Response("no", { status: 404, headers: { "content-type": "text/plain", "x-a": "b" } }),
    "png",
  );
  assert.equal(made.status, 404);
  assert.equal(made.mediaType, "text/plain");
  assert.deepEqual(made.headers, [
    ["content-type", "text/plain"],
    ["x-a", "b"],
  ]);
  assert.equal(Buffer.from(made.bytes).toString(), "no");
});

test("F025 bytes are passed on, with the media type of the picture they are asked for as", async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  assert.equal((await encode(bytes)).mediaType, "application/octet-stream");
  const asked = await encode(bytes.buffer, "png");
  assert.deepEqual([asked.mediaType, [...asked.bytes]], ["image/png", [1, 2, 3]]);
  assert.equal((await encode(new Blob(["x"], { type: "text/x" }))).mediaType, "text/x");
});

test("F027 every format has its media type; one that does not fit is a 422 with the list of those that do", async () => {
  assert.equal(Object.keys(mediaTypes).length, Object.keys(formats).length);
  const raster = { data: new Uint8Array(4), width: 2, height: 2 };
  await assert.rejects(encode(raster, "mvt"), (error: FormatError) => {
    assert.ok(error instanceof UdfSerializationError);
    assert.equal(error.status, 422);
    assert.deepEqual(error.formats, ["png", "jpeg", "webp", "tiff", "npy"]);
    assert.match(error.message, /^mvt does not fit a raster\. What fits: png, jpeg, webp, tiff, npy\.$/);
    return true;
  });
  await assert.rejects(encode(1, "csv"), /csv does not fit a simple value\. What fits: json\./);
  await assert.rejects(encode(new Float32Array(4), "gif"), /does not write gif\. Use png or webp\./);
  await assert.rejects(encode([{ a: 1 }], "parket"), /no format "parket"/);
});

test("of a list of formats the first that fits is taken", async () => {
  const raster = { data: new Uint8Array(4), width: 2, height: 2 };
  assert.equal((await encode(raster, "mvt,jpg")).format, "jpeg");
  assert.equal((await encode([{ a: 1 }], ["png", "csv"])).format, "csv");
});

test("F020 what is no data is named with its class, circles with their path", async () => {
  class PgConnection {}
  await assert.rejects(encode(new PgConnection()), (error: UdfSerializationError) => {
    assert.match(error.message, /^Result serialization failed: A database object cannot travel.*Was: PgConnection/s);
    return error.valueType === "PgConnection";
  });
  const circle: Record<string, unknown> = { a: {} };
  circle["a"] = { b: circle };
  await assert.rejects(encode(circle), /circular at a\.b/);
  await assert.rejects(encode({ f: () => 1 }), /A function cannot travel/);
});

test("a class gives its own form by [fused.toFused]", async () => {
  class Places {
    [Symbol.for("fused.toFused")]() {
      return [{ a: 1 }];
    }
  }
  assert.equal(await text(new Places(), "csv"), "a\n1\n");
});
