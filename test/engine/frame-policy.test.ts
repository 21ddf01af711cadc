import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { startLocalEngine, type LocalEngine } from "../../engine/client.ts";
import {
  clearSenderContext,
  clearWorkerContext,
  createFrameContext,
  getSenderContext,
  getWorkerContext,
  readFrame,
  setSenderContext,
  setWorkerContext,
  withInlining,
  writeFrame,
} from "../../engine/frame-context.ts";
import { decodeFrame, encodeFrame, FrameError } from "../../engine/frame.ts";
import { frameOf } from "./udf-fixture.ts";

const pem = (key: { export(how: { type: string; format: "pem" }): string | Buffer }, type: string) =>
  String(key.export({ type, format: "pem" }));
const makeKeys = () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { publicKey: pem(publicKey as never, "spki"), privateKey: pem(privateKey as never, "pkcs8") };
};
const keys = makeKeys();
const plain = frameOf("() => 'ran'");
const frame = decodeFrame(plain);
const signed = writeFrame(frame, createFrameContext({ privateKey: keys.privateKey }));

function fault(act: () => unknown): FrameError {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof FrameError, String(error));
    return error;
  }
  throw new Error("The frame was accepted.");
}

describe("strict mode", () => {
  const strict = createFrameContext({ inlining: false, udfs: { demo: plain } });

  test("sends the name alone, without magic, and takes it in where the name is registered", () => {
    assert.equal(Buffer.from(writeFrame(frame, strict)).toString(), "demo");
    assert.deepEqual(readFrame(writeFrame(frame, strict), strict), frame);
    const inlining = createFrameContext({ udfs: { demo: plain } });
    assert.deepEqual(readFrame(Buffer.from("demo"), inlining), frame, "an inlining side takes names, too");
  });

  test("refuses source with both remedies, also of a UDF that is registered, and before its payload is read", () => {
    const { reason, message } = fault(() => readFrame(plain, strict));
    assert.equal(reason, "strict");
    assert.match(message, /Register the UDF on this side and send its name.*or let this side take source in/);
    const broken = plain.slice(0, 11);
    broken[10] = 0xc1;
    assert.equal(fault(() => readFrame(broken, strict)).reason, "strict");
  });

  test("faults of the header come first, so that a malformed frame shows its own", () => {
    assert.equal(fault(() => readFrame(plain.subarray(0, 8), strict)).reason, "truncated");
    assert.equal(fault(() => readFrame(plain.with(7, 9), strict)).reason, "version");
    assert.equal(fault(() => readFrame(plain.with(8, 6), strict)).reason, "runtime");
  });

  test("a name that is not registered is told with those that are", () => {
    const { reason, message } = fault(() => readFrame(Buffer.from("quakes"), strict));
    assert.equal(reason, "not-registered");
    assert.match(message, /name the UDF quakes, which is not registered here \(registered: demo\)/);
  });

  test("withInlining gives a new context; off and on again sends the same bytes as before", () => {
    const usual = createFrameContext();
    const off = withInlining(usual, { enabled: false });
    assert.equal(usual.inlining, true);
    assert.equal(off.inlining, false);
    assert.deepEqual(writeFrame(frame, withInlining(off, { enabled: true })), writeFrame(frame, usual));
    assert.deepEqual(writeFrame(frame), encodeFrame(frame));
  });

  test("explicit context, then the worker's, then the global one; the sender's counts for sending only", () => {
    const open = createFrameContext();
    setWorkerContext(strict);
    assert.equal(getWorkerContext(), strict);
    assert.equal(fault(() => readFrame(plain)).reason, "strict");
    assert.deepEqual(readFrame(plain, open), frame);
    assert.deepEqual(writeFrame(frame), plain, "the worker's context says nothing about sending");
    setSenderContext(strict);
    assert.equal(getSenderContext(), strict);
    assert.equal(Buffer.from(writeFrame(frame)).toString(), "demo");
    assert.deepEqual(writeFrame(frame, open), plain);
    clearWorkerContext();
    clearWorkerContext();
    assert.deepEqual(readFrame(plain), frame, "the sender's context says nothing about taking in");
    clearSenderContext();
    clearSenderContext();
    assert.deepEqual(writeFrame(frame), plain);
  });
});

describe("signed frames", () => {
  const guarded = createFrameContext({ publicKey: keys.publicKey });

  test("a signed frame is taken in by who has the public key, and by who asks for none", () => {
    assert.deepEqual(readFrame(signed, guarded), frame);
    assert.deepEqual(readFrame(signed), frame);
  });

  test("an unsigned frame, another's signature and a changed frame are refused", () => {
    assert.match(fault(() => readFrame(plain, guarded)).message, /not signed.*option frameSigningKey/);
    const theirs = writeFrame(frame, createFrameContext({ privateKey: makeKeys().privateKey }));
    assert.match(fault(() => readFrame(theirs, guarded)).message, /signature is wrong: another key made it/);
    const changed = signed.slice();
    changed[changed.length - 1]! ^= 1;
    assert.equal(fault(() => readFrame(changed, guarded)).reason, "signature");
  });

  test("a key of another kind, or none, is told when the context is made", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const context = () => createFrameContext({ publicKey: pem(rsa.publicKey as never, "spki") });
    assert.throws(context, /is of type rsa; frames are signed with Ed25519/);
    assert.throws(
      () => createFrameContext({ privateKey: "/nowhere/key.pem" }),
      /no private key for frames in \/nowhere/,
    );
  });
});

describe("a host", () => {
  let guarded: LocalEngine;
  let strict: LocalEngine;
  const frames = { inlining: false, udfs: { demo: plain } };
  before(async () => {
    guarded = await startLocalEngine({ cores: 1, frames: { publicKey: keys.publicKey } });
    strict = await startLocalEngine({ cores: 1, frames });
  });
  after(() => Promise.all([guarded.close(), strict.close()]));
  const run = async (engine: LocalEngine, bytes: Uint8Array) => {
    const outcome = await engine.run({ frame: bytes, parameters: {} });
    return outcome.status === "ok" ? outcome.value : `${outcome.error.kind}: ${outcome.error.message}`;
  };

  test("that is strict runs what it knows by name, and no source", async () => {
    assert.equal(await run(strict, Buffer.from("demo")), "ran");
    assert.match(String(await run(strict, plain)), /^frame: This side is strict/);
    assert.match(String(await run(strict, Buffer.from("other"))), /^frame: .*other, which is not registered here/);
  });

  test("with a public key runs signed UDFs only", async () => {
    assert.equal(await run(guarded, signed), "ran");
    assert.match(String(await run(guarded, plain)), /^frame: The frame is not signed/);
  });

  test("with a public key refuses a frame with any header byte patched, cut below 64 bytes, or changed at random", async () => {
    const loud = frameOf("() => { console.log('evaluated'); return 'ran' }");
    const bytes = writeFrame(decodeFrame(loud), createFrameContext({ privateKey: keys.privateKey }));
    const broken: Uint8Array[] = [];
    for (let at = 0; at < 10; at++) {
      for (let byte = 0; byte < 256; byte++) if (bytes[at] !== byte) broken.push(bytes.with(at, byte));
    }
    for (let length = 0; length < 64; length++) broken.push(bytes.subarray(0, length));
    broken.push(...fc.sample(mutations(bytes), 10_000));
    const { pid } = guarded;
    let evaluations = 0;
    for (let i = 0; i < broken.length; i += 500) {
      const outcomes = await Promise.all(
        broken
          .slice(i, i + 500)
          .map((each) => guarded.run({ frame: each, parameters: {} }, { onLog: () => evaluations++ })),
      );
      for (const outcome of outcomes) assert.equal(outcome.status === "error" && outcome.error.kind, "frame");
    }
    assert.equal(evaluations, 0);
    assert.equal(guarded.pid, pid, "the host has not crashed");
    assert.equal(await run(guarded, bytes), "ran");
  });

  test("the same frames, unsigned, decode to an error or to a frame, and nothing is evaluated by that", () => {
    fc.assert(
      fc.property(mutations(plain), (bytes) => {
        try {
          assert.equal(typeof readFrame(bytes).source, "string");
        } catch (error) {
          assert.ok(error instanceof FrameError, String(error));
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

/** Frames with some bytes changed, taken out, put in, or moved. */
function mutations(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(bytes.length - 1);
  const change = fc.oneof(
    fc.record({ kind: fc.constant("flip" as const), at: place, by: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constant("remove" as const), at: place, count: fc.integer({ min: 1, max: 20 }) }),
    fc.record({
      kind: fc.constant("insert" as const),
      at: place,
      added: fc.uint8Array({ minLength: 1, maxLength: 20 }),
    }),
  );
  return fc
    .array(change, { minLength: 1, maxLength: 5 })
    .map((changes) => {
      let result = [...bytes];
      for (const each of changes) {
        if (each.kind === "flip") result[each.at % Math.max(1, result.length)]! ^= each.by;
        else if (each.kind === "remove") result.splice(each.at, each.count);
        else result = [...result.slice(0, each.at), ...each.added, ...result.slice(each.at)];
      }
      return new Uint8Array(result.map((byte) => byte & 255));
    })
    .filter((result) => Buffer.compare(result, bytes) !== 0);
}
