import type { Metafile } from "esbuild";
import { relative } from "node:path";
import { appFolder } from "./app-folder.ts";

/** Files of the bundle that the page names, relative to the folder of the build. */
export interface PageFiles {
  js: string[];
  css: string[];
  /** Chunks that the entry imports at once. */
  preload: string[];
}

export function pageFiles({ outputs }: Metafile, out: string): PageFiles {
  const [main, { cssBundle }] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === "main.ts")!;
  const needed = new Set([main]);
  for (const path of needed)
    for (const { kind, path: imported } of outputs[path]!.imports)
      if (kind === "import-statement") needed.add(imported);
  needed.delete(main);
  const named = (path: string) => relative(out, `${appFolder}/${path}`).replaceAll("\\", "/");
  return { js: [named(main)], css: cssBundle ? [named(cssBundle)] : [], preload: [...needed].map(named) };
}

/**
 * The page in which the lab runs. The server puts the page's configuration in the place of `__PAGE_CONFIG__`.
 * @param prefix where the build's folder is served
 */
export function pageHtml({ js, css, preload }: PageFiles, title: string, prefix: string): string {
  const lines = [
    `<!doctype html>`,
    `<html lang="en">`,
    `<head>`,
    `<meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${title}</title>`,
    `<link rel="icon" type="image/svg+xml" href="${prefix}/logo.svg" class="idle favicon">`,
    ...css.map((path) => `<link rel="stylesheet" href="${prefix}/${path}">`),
    ...preload.map((path) => `<link rel="modulepreload" href="${prefix}/${path}">`),
    `<script id="jupyter-config-data" type="application/json">__PAGE_CONFIG__</script>`,
    ...js.map((path) => `<script type="module" src="${prefix}/${path}"></script>`),
    `</head>`,
    `<body><noscript>The lab is a program in the page: it needs JavaScript.</noscript></body>`,
    `</html>`,
  ];
  return `${lines.join("\n")}\n`;
}
