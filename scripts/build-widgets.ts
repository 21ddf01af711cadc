import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";

/** deck.gl refuses another deck.gl of another version on the page; under names of our own the two do not meet. */
const ownNames = { "globalThis.deck": "globalThis.__fusedDeck", "globalThis.luma": "globalThis.__fusedLuma" };

/**
 * Bundles the browser halves of the widgets into dist/widgets/: `front.js`, which front ends import, and behind it a
 * chunk a kind of widget; `page.js` is all of them in one, for exported pages. The basemap's outlines must be in dist/
 * by then.
 */
export async function buildWidgets(root: string): Promise<void> {
  const outdir = join(root, "dist", "widgets");
  await mkdir(outdir, { recursive: true });
  const shared: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    target: "es2022",
    platform: "browser",
    define: { ...ownNames, "process.env.NODE_ENV": '"production"' },
    loader: { ".json": "json" },
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  };
  const { metafile } = await build({
    ...shared,
    entryPoints: { front: "widgets/front/index.ts" },
    outdir: "dist/widgets",
    splitting: true,
    format: "esm",
    chunkNames: "[name]-[hash]",
  });
  // Whoever bundles front.js into something of his own needs to know whose code is in it.
  await writeFile(join(outdir, "metafile.json"), JSON.stringify(metafile));
  // What a display brings along, or its model: a few KB that fetch the rest from the kernel.
  const loaders = { ...shared, outdir: "dist/widgets/loaders" };
  await build({ ...loaders, entryPoints: { socket: "widgets/front/socket/index.ts" }, format: "iife" });
  const esm = { anywidget: "widgets/front/anywidget/index.ts", probe: "widgets/front/anywidget/probe.ts" };
  await build({ ...loaders, entryPoints: esm, format: "esm" });
  await build({
    ...shared,
    entryPoints: { page: "widgets/front/page/index.ts" },
    outdir: "dist/widgets",
    format: "iife",
  });
  const made = new Set(Object.keys(metafile!.outputs).map((path) => path.replace(/^dist\/widgets\//, "")));
  for (const file of await readdir(outdir)) {
    if (!/-[A-Z0-9]{8}\.js$/.test(file) || made.has(file)) continue;
    // Chunks of an earlier build may be in use by a page that is open.
    if (Date.now() - (await stat(join(outdir, file))).mtimeMs > 3_600_000) await rm(join(outdir, file));
  }
}
