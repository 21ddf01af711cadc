import { build } from "esbuild";
import { mkdir, readdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Bundles the processes, the SDK and the command line into dist/, and makes the data files that ship beside them. */
const root = fileURLToPath(new URL("..", import.meta.url));
const started = performance.now();

const entryPoints = {
  kernel: "kernel/main.ts",
  session: "kernel/session/main.ts",
  agent: "kernel/session/agent.ts",
  "fused-session": "fused/session.ts",
  fused: "fused/index.ts",
  magics: "magics/builtin.ts",
  widgets: "widgets/show.ts",
  "engine-host": "engine/host.ts",
  cli: "cli/main.ts",
};

await mkdir(`${root}/dist`, { recursive: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(Object.entries(entryPoints).filter(([, path]) => existsSync(`${root}/${path}`))),
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
});

// Chunks of earlier builds would pile up: their names change with what is in them.
const made = new Set(Object.keys(metafile.outputs).map((path) => path.replace(/^dist\//, "")));
for (const file of await readdir(`${root}/dist`)) {
  if (/^chunk-.*\.js$/.test(file) && !made.has(file)) await rm(`${root}/dist/${file}`);
}

console.log(`built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`);
