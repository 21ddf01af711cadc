import type { Plugin } from "esbuild";
import { appFolder } from "./app-folder.ts";
import { jupyterlabPackages } from "./jupyterlab-packages.ts";

/** `import "jupyterlab-styles"`: the style sheets of all extension packages. */
export const jupyterlabStyles: Plugin = {
  name: "jupyterlab-styles",
  setup(build) {
    build.onResolve({ filter: /^jupyterlab-styles$/ }, ({ path }) => ({ path, namespace: "jupyterlab-styles" }));
    build.onLoad({ filter: /.*/, namespace: "jupyterlab-styles" }, () => ({
      contents: jupyterlabPackages()
        .filter(({ styleModule }) => styleModule !== undefined)
        .map(({ name, styleModule }) => `import ${JSON.stringify(`${name}/${styleModule}`)};`)
        .join("\n"),
      resolveDir: appFolder,
    }));
  },
};
