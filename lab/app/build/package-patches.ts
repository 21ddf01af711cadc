import type { Plugin } from "esbuild";
import { readFile } from "node:fs/promises";

/**
 * Packages that count on webpack, or on a loader of their own, put into the words of the standard; and a wait that is
 * taken out. Each replacement must match: a new version that needs none of it, or another, ends the build.
 */
const patches: { file: RegExp; replace: [from: RegExp, to: string][] }[] = [
  {
    // `import()` of CommonJS: webpack gives its exports as names, esbuild as `default` alone.
    file: /@jupyterlab[/\\]mathjax-extension[/\\]lib[/\\]index\.js$/,
    replace: [[/import\('(mathjax-full[^']*)'\)/g, "import('$1').then(m => m.default?.__esModule ? m.default : m)"]],
  },
  {
    file: /@jupyterlab[/\\]vega5-extension[/\\]lib[/\\]index\.js$/,
    replace: [[/import\('(vega-embed)'\)/g, "import('$1').then(m => m.default?.__esModule ? m.default : m)"]],
  },
  {
    // webpack's own `require.ensure`.
    file: /@jupyter-widgets[/\\]jupyterlab-manager[/\\]lib[/\\]plugin\.js$/,
    replace: [
      [
        /return new Promise\(\(resolve, reject\) => \{\s*require\.ensure\([^]*?\n {16}\}\);/,
        "return import('@jupyter-widgets/controls');\n",
      ],
    ],
  },
  {
    // Here the first address is routed, and its notebook opened, only after the workspace has been written, for which half a
    // second without a change is waited, often twice. Nothing that is routed needs it to be written.
    file: /@jupyterlab[/\\]apputils-extension[/\\]lib[/\\]index\.js$/,
    replace: [[/(has finished loading, save it\.\s+)await save\.invoke\(\)/, "$1void save.invoke()"]],
  },
  {
    // So it is opened after the layout has been restored: until it is, an empty area is no reason for a launcher.
    file: /@jupyterlab[/\\]launcher-extension[/\\]lib[/\\]index\.js$/,
    replace: [[/labShell\.isEmpty\('main'\)/, "$& && !defaultBrowser?.hasClass('jp-mod-restoring')"]],
  },
  {
    // A view whose model has gone with its kernel: what is stored beside it is shown, not an error. Such views are drawn
    // in trusted outputs alone, where HTML is as well.
    file: /@jupyter-widgets[/\\]jupyterlab-manager[/\\]lib[/\\]renderer\.js$/,
    replace: [
      [
        /this\.node\.textContent = 'Error displaying widget: model not found';/,
        "if (typeof model.data['text/html'] === 'string') {\n" +
          "this.addClass('jp-RenderedHTMLCommon');\nthis.node.innerHTML = model.data['text/html'];\nreturn;\n}\n$&",
      ],
    ],
  },
  {
    // anywidget comes as an AMD module, whose one argument is @jupyter-widgets/base.
    file: /[/\\]anywidget[/\\]dist[/\\]index\.js$/,
    replace: [[/\ndefine\(\["@jupyter-widgets\/base"\], (\w+)\);/, "\nexport default $1;"]],
  },
];

export const packagePatches: Plugin = {
  name: "package-patches",
  setup(build) {
    build.onResolve({ filter: /^path$/ }, ({ kind, resolveDir }) =>
      build.resolve("path-browserify", { kind, resolveDir }),
    );
    for (const { file, replace } of patches) {
      build.onLoad({ filter: file }, async ({ path }) => {
        let contents = await readFile(path, "utf8");
        for (const [from, to] of replace) {
          const patched = contents.replace(from, to);
          if (patched === contents) throw new Error(`${path} has no ${from}: this version needs another patch`);
          contents = patched;
        }
        return { contents, loader: "js" };
      });
    }
  },
};
