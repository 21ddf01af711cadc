import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleForIsolate } from "./bundle-for-isolate.ts";
import { controlGlobal } from "./control-global.ts";
import { packageFileName, predefinedPackages } from "./packages.ts";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Writes what isolates are given into a folder: `isolate.js`, and `packages/<name>.js` for each predefined package. Part of
 * the build; needs esbuild. From source the host makes the same in memory.
 */
export async function buildIsolatePackages(outdir: string): Promise<void> {
  const packages = join(outdir, "packages");
  await mkdir(packages, { recursive: true });
  await Promise.all([
    bundleIsolate().then((source) => writeFile(join(outdir, "isolate.js"), source)),
    ...predefinedPackages.map(async (name) =>
      writeFile(join(packages, packageFileName(name)), await bundlePackage(name)),
    ),
  ]);
}

/** The script that is run for the snapshot of which every context is made: leaves `control` (isolate/main.ts) as a global. */
export async function bundleIsolate(): Promise<string> {
  const code = await bundleForIsolate(`export { install } from "./isolate/main.ts";`, here);
  return `globalThis.${controlGlobal}=(()=>{"use strict";${code}return $bundle.install()})()`;
}

/** An expression: the function that evaluates a package and gives its exports. */
export async function bundlePackage(name: string): Promise<string> {
  const quoted = JSON.stringify(name);
  const code = await bundleForIsolate(
    `import * as all from ${quoted}; export * from ${quoted}; export default all.default;`,
    here,
  );
  return `(()=>{${code}return $bundle})`;
}
