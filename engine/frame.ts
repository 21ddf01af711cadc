import { Decoder, encode } from "@msgpack/msgpack";
import { readFramePayload, type FramePayload } from "./frame-payload.ts";
import type { UdfFrame } from "./udf-frame.ts";

/**
 * The bytes of a frame (fused-spec.md 23.2): seven bytes of magic, one of wire version, two of the TypeScript version the
 * source was written for, then a MessagePack tuple.
 */
export const frameMagic = "FUSEDTS";
export const frameVersion = 1;
const oldestReadableVersion = 1;
/** TypeScript, major and minor: source text is what travels, so the language is the runtime that must agree. */
export const frameLanguage = { major: 7, minor: 0 } as const;
const headerLength = 10;
const headerFields = ["wire version", "TypeScript major version", "TypeScript minor version"];

export type FrameFault = "not-ours" | "truncated" | "version" | "runtime" | "payload";

/** Bytes that are not a frame which may be run here. `reason` is the first check that failed, in the order of 23.3. */
export class FrameError extends Error {
  override name = "FrameError";
  reason: FrameFault;

  constructor(reason: FrameFault, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Turns a frame into the bytes that travel. `metadata` must be plain JSON. */
export function encodeFrame(frame: UdfFrame): Uint8Array {
  const payload: FramePayload = [
    frame.name,
    frame.source,
    frame.carrier,
    frame.entrypoint,
    frame.parameters,
    frame.headers,
    frame.origin,
    frame.metadata,
  ];
  const body = encode(payload, { ignoreUndefined: true, maxDepth: 200 });
  const bytes = new Uint8Array(headerLength + body.length);
  bytes.set(new TextEncoder().encode(frameMagic));
  bytes.set([frameVersion, frameLanguage.major, frameLanguage.minor], frameMagic.length);
  bytes.set(body, headerLength);
  return bytes;
}

/**
 * Reads a frame, checking in the order of fused-spec.md 23.3. Evaluates nothing.
 * @throws FrameError, and nothing else, whatever the bytes are
 */
export function decodeFrame(bytes: Uint8Array): UdfFrame {
  checkHeader(bytes);
  let payload: unknown;
  try {
    payload = new Decoder({ maxExtLength: 0 }).decode(bytes.subarray(headerLength));
  } catch (error) {
    throw new FrameError("payload", `The frame's payload is not MessagePack: ${(error as Error).message}.`);
  }
  const frame = readFramePayload(payload);
  if (typeof frame === "string") throw new FrameError("payload", `The frame's payload is malformed: ${frame}.`);
  return frame;
}

function checkHeader(bytes: Uint8Array): void {
  const magic = String.fromCharCode(...bytes.subarray(0, frameMagic.length));
  if (magic !== frameMagic) {
    const what = magic.startsWith("DFPY")
      ? `a Python payload (${magic}): it holds a pickled Python function, which TypeScript cannot run`
      : "not the bytes of a Fused UDF";
    throw new FrameError("not-ours", `These ${bytes.length} bytes are ${what}. A frame begins with "${frameMagic}".`);
  }
  if (bytes.length < headerLength) {
    const missing = headerFields[bytes.length - frameMagic.length]!;
    throw new FrameError(
      "truncated",
      `The frame of a Fused UDF is truncated: it ends after ${bytes.length} bytes, byte ${bytes.length} (${missing}) is missing.`,
    );
  }
  const [version, major, minor] = bytes.subarray(frameMagic.length, headerLength) as unknown as [
    number,
    number,
    number,
  ];
  if (version < oldestReadableVersion || version > frameVersion) {
    throw new FrameError(
      "version",
      `The frame has wire version ${version}; this side reads ${oldestReadableVersion} to ${frameVersion}. ` +
        "Use the same version of fused-kernel on both sides.",
    );
  }
  if (major !== frameLanguage.major || minor !== frameLanguage.minor) {
    throw new FrameError(
      "runtime",
      `The frame was written for TypeScript ${major}.${minor}, this side runs TypeScript ` +
        `${frameLanguage.major}.${frameLanguage.minor}: a UDF's source is not portable across minor versions of the language.`,
    );
  }
}
