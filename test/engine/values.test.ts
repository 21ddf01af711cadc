import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromArrays, Table, vectorFromArray, type Vector } from "apache-arrow";
import fc from "fast-check";
import { decodeValue } from "../../engine/values/decode.ts";
import { toFused } from "../../engine/values/encoded-value.ts";
import { packValue, unpackValue } from "../../engine/values.ts";

const roundTrip = async (value: unknown) => unpackValue(await packValue(value));

test("plain data comes back equal, to the last bit", async () => {
  const value = {
    numbers: [0, -0, 1, -1, 2 ** 30, -(2 ** 30), 2 ** 53, 1.5, NaN, Infinity, -Infinity, 5e-324],
    text: ["", "a", "é", "漢字", "🎉", "lone \ud800 surrogate", "\0"],
    big: [0n, -1n, 2n ** 64n, -(2n ** 200n)],
    flags: [true, false, null, undefined],
    date: new Date(1.7e12),
    map: new Map<unknown, unknown>([
      ["a", { b: 1 }],
      [{ k: 1 }, [2]],
    ]),
    set: new Set([1, "1", null]),
    rows: [{ a: 1, b: "x" }, { a: 2, b: "y" }, { b: "z", a: 3 }, {}],
    ["__proto__ is no key"]: 1,
  };
  assert.deepEqual(await roundTrip(value), value);
});

test("any structure of JSON, dates, bigints, maps and typed arrays comes back equal", async () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
  });
  await fc.assert(
    fc.asyncProperty(anything, async (value) => {
      assert.deepEqual(await roundTrip(value), value);
    }),
    { numRuns: 300 },
  );
});

test("a key named __proto__ stays a key", async () => {
  const value: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "a": 2}');
  const back = (await roundTrip(value)) as { polluted?: number };
  assert.equal(back.polluted, undefined);
  assert.deepEqual(Object.keys(back), ["__proto__", "a"]);
});

test("typed arrays keep their class; a view of a part travels as that part", async () => {
  const floats = new Float64Array(10_000).map((_, i) => i / 3);
  assert.deepEqual(await roundTrip(floats), floats);
  assert.deepEqual(await roundTrip(floats.subarray(5, 8)), floats.slice(5, 8));
  assert.deepEqual(await roundTrip(new Uint8Array(9000).fill(7).buffer), new Uint8Array(9000).fill(7).buffer);
  assert.deepEqual(await roundTrip(new BigUint64Array([2n ** 64n - 1n])), new BigUint64Array([2n ** 64n - 1n]));
});

test("a big buffer is not copied on the way in", async () => {
  const floats = new Float32Array(5000);
  const { buffers } = await packValue({ data: floats, again: floats });
  assert.equal(buffers.length, 1);
  assert.equal(buffers[0]!.buffer, floats.buffer);
});

test("F019 Arrow tables, batches and vectors come back wherever they stand", async () => {
  const table = tableFromArrays({ id: BigInt64Array.of(2n ** 60n, -1n), name: ["a", "é"] });
  const back = (await roundTrip({
    deep: [{ table }],
    batch: table.batches[0],
    vector: vectorFromArray([1, 2, 3]),
  })) as {
    deep: { table: Table }[];
    batch: { numRows: number };
    vector: Vector;
  };
  assert.deepEqual(back.deep[0]!.table.toArray().map(String), table.toArray().map(String));
  assert.equal(String(back.deep[0]!.table.schema), String(table.schema));
  assert.equal(back.batch.numRows, 2);
  assert.deepEqual([...back.vector], [1, 2, 3]);
});

test("F025 a Response keeps status and media type, a Blob its type", async () => {
  const { reply, blob } = (await roundTrip({
    reply: new Response("<p>hi", { status: 201, headers: { "content-type": "text/html" } }),
    blob: new Blob(["data"], { type: "text/csv" }),
  })) as { reply: Response; blob: Blob };
  assert.deepEqual([reply.status, reply.headers.get("content-type"), await reply.text()], [201, "text/html", "<p>hi"]);
  assert.deepEqual([blob.type, await blob.text()], ["text/csv", "data"]);
});

test("an object says with [fused.toFused]() what of it travels", async () => {
  class Station {
    name = "A";
    connection = () => {};
    [toFused]() {
      return { station: this.name };
    }
  }
  assert.deepEqual(await roundTrip([new Station()]), [{ station: "A" }]);
});

test("what cannot travel is refused with its class and its place", async () => {
  class Session {}
  const circular: { list: unknown[] } = { list: [] };
  circular.list.push({ back: circular.list });
  const cases: [unknown, string, RegExp][] = [
    [() => 1, "Function", /A function cannot travel\. .*Was: Function$/],
    [{ rows: [1, { run() {} }] }, "Function", /at rows\[1\]\.run/],
    [[Symbol("s")], "Symbol", /A symbol cannot travel at \[0\]/],
    [{ s: new Session() }, "Session", /class Session cannot travel.*\[fused\.toFused\]\(\) method.*Was: Session at s/],
    [{ later: Promise.resolve(1) }, "Promise", /await it first.*at later/],
    [(function* numbers() {})(), "Generator", /collect it first/],
    [new Map([["k", new WeakMap()]]), "WeakMap", /at k/],
    [circular, "Array", /leads back to list at list\[0\]\.back/],
    [{ "odd key": /x/ }, "RegExp", /at \["odd key"\]/],
  ];
  for (const [value, valueType, message] of cases) {
    await assert.rejects(packValue(value), { name: "NotEncodableError", valueType, message });
  }
});

test("the same object in two places is no circle", async () => {
  const shared = { a: 1 };
  assert.deepEqual(await roundTrip([shared, { shared }]), [{ a: 1 }, { shared: { a: 1 } }]);
});

test("parts that are no encoded value give an error, not a crash", async () => {
  const { text, body, buffers } = await packValue({ a: [1, "b", new Uint8Array(5)], m: new Map([[1, 2]]) });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        decodeValue({ text: "some text", body: bytes, buffers: [], hasTables: false });
      } catch (error) {
        assert.ok(error instanceof RangeError || error instanceof SyntaxError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
  for (let length = 0; length < body.length; length++) {
    assert.throws(() => decodeValue({ text, body: body.slice(0, length), buffers, hasTables: false }), RangeError);
  }
});
