import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dataPath } from "./jupyter-paths.ts";
import type { KernelJson } from "./kernel-json.ts";

export interface FoundKernelspec {
  name: string;
  folder: string;
  spec: KernelJson;
}

/**
 * The kernelspec in one folder.
 * @returns undefined where the folder holds no kernel.json
 * @throws where it holds one that cannot be used
 */
export function readKernelspec(name: string, folder: string): FoundKernelspec | undefined {
  const path = join(folder, "kernel.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  let spec: Partial<KernelJson>;
  try {
    spec = JSON.parse(text) as Partial<KernelJson>;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(spec.argv) || spec.argv.length === 0 || !spec.argv.every((part) => typeof part === "string")) {
    throw new Error(`${path} has no usable "argv"`);
  }
  return {
    name,
    folder,
    spec: { ...spec, argv: spec.argv, display_name: spec.display_name ?? name, language: spec.language ?? "" },
  };
}

/** The kernelspec that Jupyter would take for this name; undefined where there is none. */
export function findKernelspec(name: string, path: string[] = dataPath()): FoundKernelspec | undefined {
  for (const folder of path) {
    const found = readKernelspec(name, join(folder, "kernels", name));
    if (found) return found;
  }
  return undefined;
}

/** Every kernelspec on the path, the first of a name only; broken ones are left out. */
export function listKernelspecs(path: string[] = dataPath()): FoundKernelspec[] {
  const found = new Map<string, FoundKernelspec>();
  for (const folder of path.map((each) => join(each, "kernels"))) {
    for (const name of foldersIn(folder)) {
      if (found.has(name)) continue;
      try {
        const spec = readKernelspec(name, join(folder, name));
        if (spec) found.set(name, spec);
      } catch {
        continue;
      }
    }
  }
  return [...found.values()];
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
