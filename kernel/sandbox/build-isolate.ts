import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleForIsolate } from "../../engine/bundle-for-isolate.ts";

const here = dirname(fileURLToPath(import.meta.url));

/** Writes the script into a folder, for the built session. */
export async function buildNotebookIsolate(outdir: string): Promise<void> {
  await writeFile(join(outdir, "notebook-isolate.js"), await bundleNotebookIsolate());
}

/**
 * The script that makes the context of a sandboxed notebook ready, as the body of a closure that gets the host's functions
 * and the shared memory. Part of the build; needs esbuild. From source it is made in memory.
 */
export async function bundleNotebookIsolate(): Promise<string> {
  const code = await bundleForIsolate(`export { install } from "./main.ts";`, join(here, "isolate"));
  // What %time asks of Node.
  const processShim = `const process={cpuUsage(){return JSON.parse(ask("cpu",""))}};`;
  return `"use strict";const tell=$0,ask=$1;${processShim}${code}return $bundle.install(tell,ask,$2);`;
}
