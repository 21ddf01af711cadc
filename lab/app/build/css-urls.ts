import type { Plugin } from "esbuild";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";

/** What style sheets name: `~package/file`, pictures as part of the sheet, and icon fonts in their newest form only. */
export const cssUrls: Plugin = {
  name: "css-urls",
  setup(build) {
    build.onResolve({ filter: /^~/ }, ({ path, kind, resolveDir }) =>
      build.resolve(path.slice(1), { kind, resolveDir }),
    );
    // Browsers that run JupyterLab read woff2; the sheets offer four older forms of each font.
    build.onResolve({ filter: /\.(eot|ttf|svg|woff)([?#].*)?$/ }, ({ path, kind, resolveDir }) => {
      if (kind !== "url-token" || !resolveDir.includes("fontawesome")) return undefined;
      return { path, namespace: "no-font" };
    });
    build.onLoad({ filter: /.*/, namespace: "no-font" }, () => ({ contents: "", loader: "dataurl" }));
    build.onResolve({ filter: /\.svg([?#].*)?$/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== "url-token" || path.startsWith("data:") || pluginData === "resolved") return undefined;
      const found = await build.resolve(path, { kind, resolveDir, pluginData: "resolved" });
      return { path: found.path, namespace: "css-picture" };
    });
    build.onLoad({ filter: /.*/, namespace: "css-picture" }, async ({ path }) => ({
      contents: await readFile(path),
      loader: "dataurl",
      resolveDir: dirname(path),
    }));
    // apputils-extension reads its scroll bars' sheet as text.
    build.onLoad({ filter: /\.raw\.css$/ }, async ({ path }) => ({ contents: await readFile(path), loader: "text" }));
  },
};
