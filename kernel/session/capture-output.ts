import { Console } from "node:console";
import { inspect } from "node:util";
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
  globalThis.console = createConsole();
}

/** A console like Node's own, which tells the inspector of every call: that costs several times the printing. */
function createConsole(): Console {
  let colours = false;
  const coloured = (stream: NodeJS.WriteStream): NodeJS.WriteStream =>
    Object.create(stream, {
      // What a console asks for before it colours; to everybody else the streams are no terminals.
      isTTY: { get: () => colours },
      getColorDepth: { value: () => (process.env.NO_COLOR || process.env.NODE_DISABLE_COLORS ? 1 : 8) },
    }) as NodeJS.WriteStream;
  // Errors are not ignored because there are none: to ignore them takes a listener and a tick for every line.
  const console = new Console({
    stdout: coloured(process.stdout),
    stderr: coloured(process.stderr),
    ignoreErrors: false,
  });
  // Text and numbers stay as they are, also for what reads them from a notebook; objects are told in colours.
  for (const method of ["log", "info", "debug", "warn", "error", "dir", "trace"] as const) {
    const print = console[method] as (...values: unknown[]) => void;
    console[method] = (...values: unknown[]) => {
      colours = values.some((value) => (typeof value === "object" && value !== null) || typeof value === "function");
      print(...(colours && !hasPlaceholders(values[0]) ? values.map(plainNumber) : values));
      colours = false;
    };
  }
  return console;
}

const hasPlaceholders = (first: unknown): boolean => typeof first === "string" && first.includes("%");

/** A number beside an object is told as it is alone. */
const plainNumber = (value: unknown): unknown =>
  typeof value === "object" || typeof value === "function" || typeof value === "string" ? value : inspect(value);
