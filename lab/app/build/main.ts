import type { Metafile } from "esbuild";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { appFolder } from "./app-folder.ts";
import { bundle } from "./bundle.ts";
import { compressFolder } from "./compress.ts";
import { jupyterlabPackages, settingsSchemas } from "./jupyterlab-packages.ts";
import { notices } from "./notices.ts";
import { pageFiles, pageHtml } from "./page.ts";

/** Where the server serves the build. */
const prefix = "/static/lab";
const appName = "fused-kernel lab";

/** Builds the lab's page into dist/lab: beside it first, so that a server always finds a whole one. */
const root = join(appFolder, "..", "..");
const out = join(root, "dist", "lab");
const fresh = join(root, "dist", ".lab");
const started = performance.now();

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
const packages = jupyterlabPackages();
const themes = new Map(
  packages.flatMap(({ name, folder, jupyterlab: { themePath } }) =>
    themePath ? [[name, join(folder, themePath)]] : [],
  ),
);
const made = await bundle(fresh, themes);
const files = pageFiles(made.app, fresh);
const { version } = packages.find(({ name }) => name === "@jupyterlab/application-extension")!;

const build = {
  version,
  entry: { js: files.js, css: files.css },
  page: "page.html",
  pageConfig: {
    appName,
    appNamespace: "fused-kernel-lab",
    appVersion: version,
    federated_extensions: "[]",
    disabledExtensions: "[]",
    deferredExtensions: "[]",
    themesUrl: `${prefix}/themes`,
    fullThemesUrl: `${prefix}/themes`,
    fullStaticUrl: prefix,
  },
  themes: Object.fromEntries([...themes.keys()].map((name) => [name, `themes/${name}/index.css`])),
  schemas: "schemas.json",
};
await writeFile(join(fresh, "build.json"), `${JSON.stringify(build, null, 1)}\n`);
await writeFile(join(fresh, build.page), pageHtml(files, appName, prefix));
await writeFile(join(fresh, build.schemas), JSON.stringify(settingsSchemas(packages)));
const widgets = JSON.parse(await readFile(join(root, "dist", "widgets", "metafile.json"), "utf8")) as Metafile;
const bundled = [made.app, made.themes].map((metafile) => ({ metafile, base: appFolder }));
await writeFile(join(fresh, "notices.txt"), notices([...bundled, { metafile: widgets, base: root }]));
await copyFile(join(root, "kernelspec", "logo-svg.svg"), join(fresh, "logo.svg"));

// What every start fetches is packed as well as can be; the rest as well as is quick.
const first = new Set([...files.js, ...files.css, ...files.preload].map((path) => join(fresh, path)));
await compressFolder(fresh, (path) => (first.has(path) ? 10 : 6));

await mkdir(dirname(out), { recursive: true });
await rm(out, { recursive: true, force: true });
await rename(fresh, out);
console.log(`built dist/lab in ${((performance.now() - started) / 1000).toFixed(1)} s`);
