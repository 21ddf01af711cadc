/**
 * Bundles a module for a context without Node: a script that leaves what the module exports as `$bundle`. Needs esbuild.
 * @param resolveDir where the imports of `contents` start
 */
export async function bundleForIsolate(contents: string, resolveDir: string): Promise<string> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: "ts" },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "$bundle",
    platform: "browser",
    target: "es2024",
    minify: true,
    keepNames: true,
    legalComments: "none",
    logLevel: "error",
    logOverride: { "import-is-undefined": "silent" },
  });
  return outputFiles[0]!.text;
}
