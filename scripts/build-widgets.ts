import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import type { BuildOptions, Plugin } from "esbuild";

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
    // deck.gl without its WebGPU half.
    conditions: ["visgl:webgl-only", "module"],
    plugins: [directImports(root)],
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

/** Packages whose index names every layer there is. */
const barrel = /^import \{([^}]+)\} from "(@deck\.gl\/(?:layers|geo-layers|aggregation-layers))";$/gm;

/**
 * Lets the map's code import each of deck.gl's layers from its own file. Through a package's index all layers that any
 * chunk uses would be in the chunk that every map fetches: esbuild parts code by files, not by what is used of them.
 */
function directImports(root: string): Plugin {
  return {
    name: "direct-imports",
    setup({ onLoad }) {
      onLoad({ filter: /widgets\/map\/front\/[^/]+\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, "utf8");
        const contents = source.replace(barrel, (_, names: string, name: string) =>
          names
            .split(",")
            .map((each) => each.trim())
            .filter(Boolean)
            .map((each) => `import ${each} from ${JSON.stringify(fileOf(root, name, each))};`)
            .join("\n"),
        );
        return { contents, loader: "ts" };
      });
    },
  };
}

/** The file of a class, by the package's index. */
function fileOf(root: string, name: string, exported: string): string {
  const folder = join(root, "node_modules", name, "dist.webgl-only");
  const index = readFileSync(join(folder, "index.js"), "utf8");
  const [, file] = new RegExp(`export \\{ default as ${exported} \\} from "\\./([^"]+)"`).exec(index) ?? [];
  if (file === undefined) throw new Error(`${name} has no ${exported}.`);
  return join(folder, file);
}
