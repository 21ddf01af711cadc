import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { appFolder } from "../../lab/app/build/app-folder.ts";
import { cssUrls } from "../../lab/app/build/css-urls.ts";
import { jupyterlabPackages } from "../../lab/app/build/jupyterlab-packages.ts";
import { jupyterlabStyles } from "../../lab/app/build/jupyterlab-styles.ts";
import { packagePatches } from "../../lab/app/build/package-patches.ts";
import { needsPython } from "./debian-jupyter.ts";

export const needsJupyterlab = existsSync(join(appFolder, "node_modules", "@jupyterlab", "application"))
  ? needsPython(["jupyterlab_server"], "python3-jupyterlab-server")
  : { skip: "needs JupyterLab's packages (npm run build)" };

/**
 * Builds JupyterLab's own packages, without anything of ours, into what Debian's jupyterlab_server serves as its
 * application: static files, a page, schemas of settings and themes; and an application that does so.
 * @returns the Python program
 */
export async function buildJupyterlab(folder: string): Promise<string> {
  const at = (name: string) => join(folder, name);
  const { metafile } = await build({
    absWorkingDir: appFolder,
    entryPoints: { main: "plain/main.ts" },
    outdir: at("static"),
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    metafile: true,
    logLevel: "error",
    target: ["chrome120"],
    plugins: [jupyterlabStyles, cssUrls, packagePatches],
    loader: { ".svg": "text", ".woff2": "file", ".woff": "file", ".png": "file", ".gif": "file" },
    define: { __dirname: '"/"', "process.env.NODE_ENV": '"production"', "process.env": "{}", global: "globalThis" },
    inject: [join(appFolder, "process.ts")],
    legalComments: "none",
  });
  if (!Object.keys(metafile.outputs).some((path) => path.endsWith("/main.js"))) throw new Error("no main.js was built");
  mkdirSync(at("templates"));
  mkdirSync(at("settings"));
  writeFileSync(join(at("templates"), "index.html"), page);
  for (const { name, folder: from, jupyterlab } of jupyterlabPackages()) {
    const { schemaDir, themePath } = jupyterlab;
    if (schemaDir && existsSync(join(from, schemaDir)))
      cpSync(join(from, schemaDir), join(at("schemas"), name), { recursive: true });
    if (!themePath) continue;
    await build({
      absWorkingDir: appFolder,
      entryPoints: { [`${name}/index`]: join(from, themePath) },
      outdir: at("themes"),
      bundle: true,
      logLevel: "error",
      plugins: [cssUrls],
      loader: { ".woff2": "file", ".woff": "file", ".png": "file", ".gif": "file" },
    });
  }
  const program = at("server.py");
  writeFileSync(program, server);
  return program;
}

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>JupyterLab</title>
<script id="jupyter-config-data" type="application/json">{{ page_config | tojson }}</script>
<link rel="stylesheet" href="{{ page_config['fullStaticUrl'] }}/main.css">
<script type="module" src="{{ page_config['fullStaticUrl'] }}/main.js"></script>
</head><body></body></html>
`;

const server = `import os
from jupyterlab_server import LabServerApp

here = os.path.dirname(os.path.abspath(__file__))

class App(LabServerApp):
    name = "lab"
    app_name = "JupyterLab"
    app_version = "4.6.4"
    app_url = "/lab"
    load_other_extensions = False
    static_dir = os.path.join(here, "static")
    templates_dir = os.path.join(here, "templates")
    schemas_dir = os.path.join(here, "schemas")
    themes_dir = os.path.join(here, "themes")
    app_settings_dir = os.path.join(here, "settings")
    user_settings_dir = os.path.join(here, "user-settings")
    workspaces_dir = os.path.join(here, "workspaces")

def _jupyter_server_extension_points():
    return [{"module": "__main__", "app": App}]

App.launch_instance()
`;
