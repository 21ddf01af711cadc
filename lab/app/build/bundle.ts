import { build, type Metafile } from "esbuild";
import { join } from "node:path";
import { cssUrls } from "./css-urls.ts";
import { packagePatches } from "./package-patches.ts";
import { jupyterlabStyles } from "./jupyterlab-styles.ts";
import { appFolder } from "./app-folder.ts";

/**
 * Bundles the application and the themes' style sheets.
 * @param out the folder that gets assets/ (names with a hash in them) and themes/
 * @param themes each theme's package and its style sheet
 * @returns what went into which file
 */
export async function bundle(out: string, themes: Map<string, string>): Promise<{ app: Metafile; themes: Metafile }> {
  const shared = {
    absWorkingDir: appFolder,
    outdir: out,
    bundle: true,
    minify: true,
    metafile: true as const,
    logLevel: "error" as const,
    target: ["chrome120", "firefox120", "safari17"],
    plugins: [jupyterlabStyles, cssUrls, packagePatches],
  };
  const app = await build({
    ...shared,
    entryPoints: { main: "main.ts" },
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    assetNames: "assets/[name]-[hash]",
    splitting: true,
    format: "esm",
    loader: { ".svg": "text", ".woff2": "file", ".woff": "file", ".png": "file", ".gif": "file" },
    // A package's own paths and environment, which mean nothing in a page.
    define: { __dirname: '"/"', "process.env.NODE_ENV": '"production"', "process.env": "{}", global: "globalThis" },
    inject: [join(appFolder, "process.ts")],
    legalComments: "none",
  });
  const styles = await build({
    ...shared,
    entryPoints: Object.fromEntries([...themes].map(([name, path]) => [`themes/${name}/index`, path])),
  });
  return { app: app.metafile, themes: styles.metafile };
}
