import type { KeyObject } from "node:crypto";
import { decodeFrame, encodeFrame, FrameError, isFrame } from "./frame.ts";
import { readKey } from "./frame-signature.ts";
import type { UdfFrame } from "./udf-frame.ts";

/** How UDFs are sent and taken in (fused-spec.md 23.4, 23.5). */
export interface FrameContext {
  /** False (strict): a UDF goes and comes by its name alone, and source that comes all the same is refused. */
  readonly inlining: boolean;
  /** UDFs that may come by name. */
  readonly udfs: ReadonlyMap<string, UdfFrame>;
  /** Where there is one, source that comes must be signed with its private half. */
  readonly publicKey?: KeyObject;
  /** Signs what is sent. */
  readonly privateKey?: KeyObject;
}

export interface FrameOptions {
  /** Default true. */
  inlining?: boolean;
  /** Frames of the UDFs that may come by name: the bytes of `encodeFrame` by that name. */
  udfs?: Record<string, Uint8Array>;
  /** Ed25519 keys: PEM text, or the path of a PEM file. */
  publicKey?: string;
  privateKey?: string;
}

/** @throws FrameError for a UDF whose bytes are no frame; Error for a key that is none */
export function createFrameContext(options: FrameOptions = {}): FrameContext {
  const { inlining = true, udfs = {}, publicKey, privateKey } = options;
  return Object.freeze({
    inlining,
    udfs: new Map(Object.entries(udfs).map(([name, bytes]) => [name, decodeFrame(bytes)])),
    ...(publicKey !== undefined && { publicKey: readKey("public", publicKey) }),
    ...(privateKey !== undefined && { privateKey: readKey("private", privateKey) }),
  });
}

/** The same context with inlining on or off, as a new one. */
export function withInlining(context: FrameContext, { enabled }: { enabled: boolean }): FrameContext {
  return Object.freeze({ ...context, inlining: enabled });
}

const globalContext = createFrameContext();
let workerContext: FrameContext | undefined;
let senderContext: FrameContext | undefined;

/** The context in which this thread takes frames in where none is named; without one, the global one that takes all. */
export function setWorkerContext(context: FrameContext): void {
  workerContext = context;
}

export function getWorkerContext(): FrameContext | undefined {
  return workerContext;
}

export function clearWorkerContext(): void {
  workerContext = undefined;
}

/** The context in which this thread sends UDFs where none is named. */
export function setSenderContext(context: FrameContext): void {
  senderContext = context;
}

export function getSenderContext(): FrameContext | undefined {
  return senderContext;
}

export function clearSenderContext(): void {
  senderContext = undefined;
}

/** The bytes that travel for a UDF: its frame, or in a strict context its name. Explicit context, then the sender's. */
export function writeFrame(frame: UdfFrame, context: FrameContext = senderContext ?? globalContext): Uint8Array {
  return context.inlining ? encodeFrame(frame, context.privateKey) : new TextEncoder().encode(frame.name);
}

/**
 * The UDF that bytes stand for. Evaluates nothing. Explicit context, then the worker's, then the global one.
 * @throws FrameError, and nothing else, whatever the bytes are
 */
export function readFrame(bytes: Uint8Array, context: FrameContext = workerContext ?? globalContext): UdfFrame {
  const name = isFrame(bytes) ? undefined : nameIn(bytes);
  if (name === undefined) return decodeFrame(bytes, context);
  const known = context.udfs.get(name);
  if (known) return known;
  const names = [...context.udfs.keys()].join(", ") || "none";
  throw new FrameError(
    "not-registered",
    `These bytes name the UDF ${name}, which is not registered here (registered: ${names}). ` +
      "Register it on this side, or send it with its source (option udfInlining).",
  );
}

const longestName = 200;
const identifier = /^[\p{L}_$][\p{L}\p{N}_$.-]*$/u;

/** A name that stands alone in the bytes. What begins like another's frame is none. */
function nameIn(bytes: Uint8Array): string | undefined {
  if (bytes.length > longestName) return undefined;
  const text = new TextDecoder().decode(bytes);
  return identifier.test(text) && !text.startsWith("DFPY") ? text : undefined;
}
