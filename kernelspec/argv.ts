import { join } from "node:path";
import { packageRoot, runsFromSource } from "./package-root.ts";

/** The built kernel: what an installed kernelspec starts. */
export const builtKernel: string = join(packageRoot, "dist", "kernel.js");

/**
 * Flags of Node that the kernel process takes: what is young in its heap, messages above all, need not grow to V8's
 * 128 MB. The session and the engine host take their own, where they are started.
 */
const kernelFlags: string[] = ["--max-semi-space-size=8"];

/**
 * Command of a kernel process; a connection file's path, or Jupyter's `{connection_file}`, is to be added.
 * The Node is the one we run in, which bin/fused-kernel.js has made the pinned one.
 * @param program the kernel's main file; default: built where we are built, source where we run from source
 */
export function kernelArgv(program = runsFromSource ? join(packageRoot, "kernel", "main.ts") : builtKernel): string[] {
  return [process.execPath, ...kernelFlags, program];
}
