import { compileFrame, hashFrame, type CompiledUdf } from "./compile.ts";
import { readFrame } from "./frame-context.ts";
import { FrameError } from "./frame.ts";
import type { RunError } from "./run-types.ts";
import { SourceError } from "./source-error.ts";

const mostCompiled = 500;
const compiled = new Map<string, CompiledUdf>();

/** The compiled UDF in a frame's bytes, kept for the next run; or why it may not run here. */
export function readUdf(frameBytes: Uint8Array): CompiledUdf | RunError {
  const hash = hashFrame(frameBytes);
  try {
    const udf = compiled.get(hash) ?? compileFrame(readFrame(frameBytes), hash);
    compiled.delete(hash);
    compiled.set(hash, udf);
    if (compiled.size > mostCompiled) compiled.delete(compiled.keys().next().value!);
    return udf;
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof SourceError) {
      return { kind: "syntax", name, message, stack: "", line: error.line, column: error.column };
    }
    return { kind: "frame", name: error instanceof FrameError ? name : "FrameError", message, stack: "" };
  }
}
