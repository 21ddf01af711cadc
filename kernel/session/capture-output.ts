import { Console } from "node:console";
import type { Reporter } from "./reporter.ts";

/**
 * What JavaScript writes to stdout and stderr goes into the ring, with the cell it belongs to. Native code and children
 * write to the real file descriptors, which the kernel reads.
 */
export function captureOutput(reporter: Reporter): void {
  for (const name of ["stdout", "stderr"] as const) {
    process[name].write = ((chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
      const text =
        typeof chunk === "string" && typeof encoding === "string" && encoding !== "utf8" && encoding !== "utf-8"
          ? Buffer.from(chunk, encoding as BufferEncoding)
          : chunk;
      reporter.text(name, text);
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") process.nextTick(done as () => void);
      return true;
    }) as typeof process.stdout.write;
  }
  // Node's own console tells the inspector of every call, which costs several times the printing.
  // Errors are not ignored because there are none: to ignore them takes a listener and a tick for every line.
  globalThis.console = new Console({ stdout: process.stdout, stderr: process.stderr, ignoreErrors: false });
}
