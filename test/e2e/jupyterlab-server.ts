import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "./debian-jupyter.ts";
import { buildJupyterlab } from "./plain-jupyterlab.ts";
import { startPythonServer, type PythonServer } from "./python-server.ts";

/** Starts Debian's jupyter_server with JupyterLab's page from npm, our kernel and our extension installed for it. */
export async function startJupyterlab(): Promise<PythonServer> {
  const home = mkdtempSync(join(tmpdir(), "fused-jupyterlab-"));
  const folder = join(home, "notebooks");
  const app = join(home, "app");
  for (const each of [folder, app]) mkdirSync(each);
  const program = await buildJupyterlab(app);
  const flags = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=50"];
  return startPythonServer([python, program, ...flags, `--ServerApp.root_dir=${folder}`], home, folder, "jpserver");
}
