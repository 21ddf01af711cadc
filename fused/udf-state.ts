import type { UdfFrame } from "../engine/udf-frame.ts";
import type { LoadedUdf } from "./load/loaded-udf.ts";
import type { Language } from "./meta/meta-json.ts";
import { options } from "./options.ts";
import type { RunOptions } from "./run-options.ts";

/** What a Udf holds behind its properties. */
export interface UdfState {
  frame: UdfFrame;
  /** Values that stand under those of every call (`defaultParameters`, `setParameters`). */
  defaults: Record<string, unknown>;
  /** Options of every run, under those of the call. */
  runDefaults: RunOptions;
  /** For batch runs only. */
  diskSizeGb?: number;
  region?: string;
  /** What the code is written in. Default TypeScript. */
  language?: Language;
  /** The files that it came from, of a loaded UDF. */
  loaded?: LoadedUdf;
  /** True where its source came as a text, which somebody else may have written: it takes no files along. */
  isText?: boolean;
  /** Names of the loaded module beside the UDF: functions that run on the engine, and values. */
  globals?: Record<string, unknown>;
  /** The same of its header module `utils`. */
  utils?: Record<string, unknown>;
}

/** The property of a Udf that holds its state. A registered symbol, so that copies of this module know each other's. */
const stateKey: unique symbol = Symbol.for("fused.udf.state") as never;

export function attachState(udf: object, state: UdfState): void {
  Object.defineProperty(udf, stateKey, { value: state });
}

/** The state of a Udf, undefined for everything else. */
export function udfState(value: unknown): UdfState | undefined {
  if (typeof value !== "function") return undefined;
  return (value as { [stateKey]?: UdfState })[stateKey];
}

const encoded = new WeakMap<UdfFrame, { key: string | null; bytes: Uint8Array }>();

/**
 * The bytes that travel, made once a frame and key: as the sender's context says where one is set, else as the options
 * `udfInlining` and `frameSigningKey` say.
 */
export async function frameBytes(frame: UdfFrame): Promise<Uint8Array> {
  const { createFrameContext, getSenderContext, writeFrame } = await import("../engine/frame-context.ts");
  const context = getSenderContext();
  if (context) return writeFrame(frame, context);
  const { udfInlining: inlining, frameSigningKey: key } = options;
  if (!inlining) return writeFrame(frame, createFrameContext({ inlining }));
  let made = encoded.get(frame);
  if (made?.key !== key) {
    made = { key, bytes: writeFrame(frame, createFrameContext({ privateKey: key ?? undefined })) };
    encoded.set(frame, made);
  }
  return made!.bytes;
}
