import { build } from "esbuild";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { buildIsolatePackages } from "../engine/build-packages.ts";
import { buildNotebookIsolate } from "../kernel/sandbox/build-isolate.ts";
import { buildLanguageData } from "../kernel/language/build-types.ts";
import { buildBasemap } from "../widgets/map/build-basemap.ts";
import { buildExtensions } from "./build-extensions.ts";
import { buildWidgets } from "./build-widgets.ts";

/** Bundles the processes, the SDK and the command line into dist/, and makes the data files that ship beside them. */
const root = fileURLToPath(new URL("..", import.meta.url));
const started = performance.now();

const entryPoints = {
  kernel: "kernel/main.ts",
  session: "kernel/session/main.ts",
  agent: "kernel/session/agent.ts",
  sandbox: "kernel/sandbox/main.ts",
  "repl-script": "kernel/session/repl-script.ts",
  "fused-session": "fused/session.ts",
  fused: "fused/index.ts",
  magics: "magics/builtin.ts",
  widgets: "widgets/show.ts",
  displays: "widgets/displays.ts",
  "observable-plot": "widgets/chart/observable-plot.ts",
  "engine-host": "engine/host.ts",
  "table-worker": "kernel/widgets/table-worker.ts",
  "login-thread": "fused/credentials/login-thread.ts",
  "notebook-thread": "lab/server/contents/notebook-thread.ts",
  "answer-thread": "service/realtime/answer-thread.ts",
  cli: "cli/main.ts",
};

await mkdir(`${root}/dist`, { recursive: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints,
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  packages: "external",
  sourcemap: false,
  metafile: true,
  logLevel: "warning",
  // The session passes on what a cell gives to `import()`; there is nothing in it to bundle.
  logOverride: { "unsupported-dynamic-import": "silent" },
});

// Chunks of earlier builds would pile up: their names change with what is in them. Those of a minute ago may still be in use.
const made = new Set(Object.keys(metafile.outputs).map((path) => path.replace(/^dist\//, "")));
for (const file of await readdir(`${root}/dist`)) {
  if (!/-[A-Z0-9]{8}\.js$/.test(file) || made.has(file)) continue;
  const { mtimeMs } = await stat(`${root}/dist/${file}`);
  if (Date.now() - mtimeMs > 60_000) await rm(`${root}/dist/${file}`);
}

await Promise.all([
  buildIsolatePackages(`${root}/dist`),
  buildNotebookIsolate(`${root}/dist`),
  buildLanguageData(`${root}/dist`),
]);
buildBasemap(`${root}/dist`);
await Promise.all([buildWidgets(root), buildExtensions(root)]);

console.log(`built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`);
