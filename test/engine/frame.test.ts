import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { decodeFrame, encodeFrame, FrameError, type FrameFault } from "../../engine/frame.ts";
import type { UdfFrame } from "../../engine/udf-frame.ts";
import { frameOf } from "./udf-fixture.ts";

const example: UdfFrame = {
  name: "quakes",
  source: "(b: fused.types.Bounds, n = 3) => n // ✓",
  carrier: "inline",
  entrypoint: "default",
  parameters: {
    style: "positional",
    parameters: [
      { name: "b", type: { kind: "Bounds" }, optional: false, hasDefault: false },
      { name: "n", type: { kind: "float" }, optional: true, hasDefault: true, default: 3 },
      { name: "how", type: { kind: "enum", values: ["a", "b"] }, optional: true, hasDefault: false },
    ],
    rest: false,
  },
  headers: [{ moduleName: "utils", source: "export const one = 1;" }],
  origin: { name: "%%udf quakes", firstLine: 2 },
  metadata: { "fused:vizConfig": { tileLayer: null }, list: [1, "two"] },
};

function fault(bytes: Uint8Array): { reason: FrameFault; message: string } {
  try {
    decodeFrame(bytes);
  } catch (error) {
    assert.ok(error instanceof FrameError, String(error));
    return error;
  }
  throw new Error("The frame was accepted.");
}

function patched(at: number, byte: number): Uint8Array {
  const bytes = encodeFrame(example);
  bytes[at] = byte;
  return bytes;
}

test("a frame comes back as it was", () => {
  assert.deepEqual(decodeFrame(encodeFrame(example)), example);
});

test("a frame begins with the magic, the wire version and the TypeScript version", () => {
  const bytes = encodeFrame(example);
  assert.equal(Buffer.from(bytes.subarray(0, 7)).toString(), "FUSEDTS");
  assert.deepEqual([...bytes.subarray(7, 10)], [1, 7, 0]);
});

test("bytes that are something else are told apart, also a Python payload", () => {
  assert.equal(fault(new Uint8Array()).reason, "not-ours");
  assert.match(fault(Buffer.from("hello there")).message, /not the bytes of a Fused UDF/);
  const python = fault(Buffer.from("DFPYUDF\x01\x03\x0c..."));
  assert.equal(python.reason, "not-ours");
  assert.match(python.message, /Python payload \(DFPYUDF\)/);
});

test("a frame cut off in its header says which byte is missing", () => {
  const bytes = encodeFrame(example);
  const missing = [7, 8, 9].map((length) => fault(bytes.subarray(0, length)));
  assert.deepEqual(
    missing.map(({ reason }) => reason),
    ["truncated", "truncated", "truncated"],
  );
  assert.match(missing[0]!.message, /truncated.*byte 7 \(wire version\) is missing/);
  assert.match(missing[1]!.message, /byte 8 \(TypeScript major version\) is missing/);
  assert.match(missing[2]!.message, /byte 9 \(TypeScript minor version\) is missing/);
});

test("a wire version out of range is named with the range and the way out", () => {
  for (const version of [0, 2, 255]) {
    const { reason, message } = fault(patched(7, version));
    assert.equal(reason, "version");
    assert.match(message, new RegExp(`wire version ${version}; this side reads 1 to 1\\. Use the same version`));
  }
});

test("another TypeScript version is an error that names both", () => {
  assert.match(
    fault(patched(8, 6)).message,
    /written for TypeScript 6\.0, this side runs TypeScript 7\.0.*not portable/,
  );
  assert.match(fault(patched(9, 4)).message, /written for TypeScript 7\.4, this side runs TypeScript 7\.0/);
  assert.equal(fault(patched(9, 4)).reason, "runtime");
});

test("the header's faults come in order: version before runtime before payload", () => {
  const bytes = patched(7, 9);
  bytes[8] = 9;
  bytes[10] = 0xc1;
  assert.equal(fault(bytes).reason, "version");
  bytes[7] = 1;
  assert.equal(fault(bytes).reason, "runtime");
  bytes[8] = 7;
  assert.equal(fault(bytes).reason, "payload");
});

test("a payload of another shape is told with the field that is wrong", () => {
  const header = encodeFrame(example).subarray(0, 10);
  const withPayload = (payload: unknown) => fault(new Uint8Array([...header, ...encode(payload)]));
  const tuple = ["n", "s", "inline", "default", example.parameters, [], { name: "o", firstLine: 1 }, {}];
  const withField = (at: number, value: unknown) => withPayload(tuple.map((field, i) => (i === at ? value : field)));
  assert.match(withPayload({}).message, /not a tuple of eight fields/);
  assert.match(withField(0, 5).message, /the name is not text/);
  assert.match(withField(1, null).message, /the source is not text/);
  assert.match(withField(2, "zip").message, /carrier/);
  assert.match(withField(3, []).message, /entrypoint/);
  assert.match(
    withField(4, { style: "object", parameters: [{ name: "x", type: { kind: "blob" } }], rest: false }).message,
    /schema/,
  );
  assert.match(withField(5, [{ moduleName: 1 }]).message, /header modules/);
  assert.match(withField(6, { name: "o", firstLine: "1" }).message, /origin/);
  assert.match(withField(7, [1]).message, /metadata/);
  assert.match(fault(new Uint8Array([...header, ...encode(tuple), 0])).message, /not MessagePack/);
});

test("a frame cut at any length, or with any byte of its header changed, is an error or the same frame", () => {
  const bytes = frameOf("() => 1");
  for (let length = 0; length < bytes.length; length++) fault(bytes.subarray(0, length));
  for (let at = 0; at < 10; at++) {
    for (let byte = 0; byte < 256; byte++) if (bytes[at] !== byte) fault(patched(at, byte));
  }
});

test("whatever the bytes are, decoding gives a frame or a FrameError", () => {
  const bytes = encodeFrame(example);
  const edit = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(edit, (edits) => {
      const changed = bytes.slice();
      for (const [at, byte] of edits) changed[at] = byte;
      try {
        assert.equal(typeof decodeFrame(changed).source, "string");
      } catch (error) {
        assert.ok(error instanceof FrameError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
