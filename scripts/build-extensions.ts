import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Makes the extensions that show live displays in Jupyter front ends, in dist/extensions/: `classic` for Notebook 6 and
 * `lab` for JupyterLab 4 and Notebook 7. `install` puts dist/widgets/ into each (kernelspec/extensions.ts).
 */
export async function buildExtensions(root: string): Promise<void> {
  const bundle = async (entry: string): Promise<string> => {
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      minify: true,
      format: "iife",
      target: "es2022",
      platform: "browser",
      write: false,
      legalComments: "none",
      logLevel: "warning",
    });
    return outputFiles[0]!.text;
  };
  const [classic, lab] = await Promise.all([
    bundle("widgets/front/classic/main.ts"),
    bundle("widgets/front/lab/federated.ts"),
  ]);
  const { version, license } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Record<string, string>;
  const out = join(root, "dist", "extensions");
  await rm(out, { recursive: true, force: true });
  await mkdir(join(out, "classic"), { recursive: true });
  await mkdir(join(out, "lab", "static"), { recursive: true });
  await writeFile(join(out, "classic", "main.js"), classic);
  // Browsers keep files by name: another content, another name.
  const entry = `static/remoteEntry.${createHash("sha256").update(lab).digest("hex").slice(0, 20)}.js`;
  await writeFile(join(out, "lab", entry), lab);
  const manifest = {
    name: "fused-kernel",
    version,
    license,
    description: "Live maps and tables of fused-kernel",
    jupyterlab: { extension: true, _build: { load: entry, extension: "./extension" } },
  };
  await writeFile(join(out, "lab", "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
