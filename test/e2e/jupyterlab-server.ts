import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { installForJupyter, python } from "./debian-jupyter.ts";
import { buildJupyterlab } from "./plain-jupyterlab.ts";

export interface JupyterlabServer {
  /** With the slash at the end. */
  url: string;
  token: string;
  /** Where its notebooks lie. */
  folder: string;
  stop(): Promise<void>;
}

/** Starts Debian's jupyter_server with JupyterLab's page from npm, our kernel and our extension installed for it. */
export async function startJupyterlab(): Promise<JupyterlabServer> {
  const home = mkdtempSync(join(tmpdir(), "fused-jupyterlab-"));
  const folder = join(home, "notebooks");
  const app = join(home, "app");
  for (const each of [folder, app]) mkdirSync(each);
  const program = await buildJupyterlab(app);
  const token = randomBytes(16).toString("hex");
  const env = installForJupyter();
  const flags = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=50"];
  const child = spawn(python, [program, ...flags, `--ServerApp.root_dir=${folder}`], {
    env: { ...env, JUPYTER_TOKEN: token, HOME: home, FUSED_CACHE_DIRECTORY: join(home, "cache") },
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const info = join(env.JUPYTER_RUNTIME_DIR!, `jpserver-${child.pid}.json`);
  for (let left = 600; !existsSync(info) || readFileSync(info, "utf8") === ""; left--) {
    if (left === 0 || child.exitCode !== null) throw new Error(`jupyter_server does not start:\n${log}`);
    await wait(50);
  }
  const { url } = JSON.parse(readFileSync(info, "utf8")) as { url: string };
  return {
    url,
    token,
    folder,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
