import type { KeyObject } from "node:crypto";
import { Decoder, encode } from "@msgpack/msgpack";
import { readFramePayload, type FramePayload } from "./frame-payload.ts";
import { isGenuine, isSignedPayload, signBody } from "./frame-signature.ts";
import type { UdfFrame } from "./udf-frame.ts";

/**
 * The bytes of a frame (fused-spec.md 23.2): seven bytes of magic, one of wire version, two of the TypeScript version the
 * source was written for, then a MessagePack tuple, which may stand in another with its signature (frame-signature.ts).
 */
const frameMagic = "FUSEDTS";
const frameVersion = 1;
const oldestReadableVersion = 1;
/** TypeScript, major and minor: source text is what travels, so the language is the runtime that must agree. */
const frameLanguage = { major: 7, minor: 0 } as const;
const headerLength = 10;
const headerFields = ["wire version", "TypeScript major version", "TypeScript minor version"];

export type FrameFault =
  "not-ours" | "truncated" | "version" | "runtime" | "strict" | "payload" | "signature" | "not-registered";

/** What is asked of a frame that is taken in. */
export interface FrameDemands {
  /** False: frames, which hold source, are refused. Default true. */
  inlining?: boolean;
  /** The frame must be signed with this key's private half. */
  publicKey?: KeyObject;
}

/** Bytes that are not a frame which may be run here. `reason` is the first check that failed, in the order of 23.3. */
export class FrameError extends Error {
  override name = "FrameError";
  reason: FrameFault;

  constructor(reason: FrameFault, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Turns a frame into the bytes that travel, signed where there is a key. `metadata` must be plain JSON. */
export function encodeFrame(frame: UdfFrame, privateKey?: KeyObject): Uint8Array {
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
  const header = new Uint8Array(headerLength);
  header.set(new TextEncoder().encode(frameMagic));
  header.set([frameVersion, frameLanguage.major, frameLanguage.minor], frameMagic.length);
  let body: Uint8Array = encode(payload, { ignoreUndefined: true, maxDepth: 200 });
  if (privateKey) body = encode(signBody(header, body, privateKey));
  const bytes = new Uint8Array(headerLength + body.length);
  bytes.set(header);
  bytes.set(body, headerLength);
  return bytes;
}

/** Whether bytes begin as a frame does, whole or not. */
export function isFrame(bytes: Uint8Array): boolean {
  return magicOf(bytes) === frameMagic;
}

function magicOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, frameMagic.length));
}

/**
 * Reads a frame, checking in the order of fused-spec.md 23.3. Evaluates nothing.
 * @throws FrameError, and nothing else, whatever the bytes are
 */
export function decodeFrame(bytes: Uint8Array, { inlining = true, publicKey }: FrameDemands = {}): UdfFrame {
  checkHeader(bytes);
  if (!inlining) {
    throw new FrameError(
      "strict",
      "This side is strict: it runs UDFs that it knows by name and refuses the source of one, which is what came. " +
        "Register the UDF on this side and send its name (option udfInlining: false), or let this side take source in.",
    );
  }
  let payload = unpack(bytes.subarray(headerLength));
  if (publicKey) payload = checkSignature(bytes.subarray(0, headerLength), payload, publicKey);
  else if (isSignedPayload(payload)) payload = unpack(payload[1]);
  const frame = readFramePayload(payload);
  if (typeof frame === "string") throw new FrameError("payload", `The frame's payload is malformed: ${frame}.`);
  return frame;
}

function unpack(body: Uint8Array): unknown {
  try {
    return new Decoder({ maxExtLength: 0 }).decode(body);
  } catch (error) {
    throw new FrameError("payload", `The frame's payload is not MessagePack: ${(error as Error).message}.`);
  }
}

function checkSignature(header: Uint8Array, payload: unknown, publicKey: KeyObject): unknown {
  const remedy = "Sign it with the private key that belongs to this side's public key (option frameSigningKey).";
  if (!isSignedPayload(payload)) {
    throw new FrameError("signature", `The frame is not signed, and this side runs signed UDFs only. ${remedy}`);
  }
  if (isGenuine(header, payload, publicKey)) return unpack(payload[1]);
  throw new FrameError(
    "signature",
    `The frame's signature is wrong: another key made it, or the frame was changed on its way. ${remedy}`,
  );
}

function checkHeader(bytes: Uint8Array): void {
  const magic = magicOf(bytes);
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
