import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { installForJupyter, needsPython } from "./debian-jupyter.ts";

export const needsNotebookServer = needsPython(["notebook"], "jupyter-notebook");

export interface NotebookServer {
  /** With the slash at the end. */
  url: string;
  token: string;
  /** Where its notebooks lie: copies of the tutorials, without outputs. */
  folder: string;
  stop(): Promise<void>;
}

export interface Output {
  output_type: string;
  name?: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
}

export interface NotebookCell {
  cell_type: string;
  source: string | string[];
  execution_count?: number | null;
  outputs?: Output[];
}

/** Paths of the tutorials as they are committed. */
export const tutorials = globSync("notebooks/[0-9]*.ipynb", { cwd: packageRoot })
  .sort()
  .map((path) => join(packageRoot, path));

/** The code cells of a notebook file that are not empty. */
export function codeCells(path: string): NotebookCell[] {
  const { cells } = JSON.parse(readFileSync(path, "utf8")) as { cells: NotebookCell[] };
  return cells.filter(({ cell_type, source }) => cell_type === "code" && [source].flat().join("").trim() !== "");
}

/** What a front end is to have got of a cell, in a line for each output: its kind, its mime types, a stream's or an error's name. */
export function shape(outputs: Output[]): string[] {
  return outputs.map(({ output_type, name, data, ename }) =>
    [output_type, name ?? ename, ...Object.keys(data ?? {}).sort()].join(" "),
  );
}

/** Starts Debian's Notebook 6 on a free port of the loopback address, with our kernel installed for it and for nobody else. */
export async function startNotebookServer(): Promise<NotebookServer> {
  const home = mkdtempSync(join(tmpdir(), "fused-notebook-"));
  const folder = join(home, "notebooks");
  mkdirSync(folder);
  for (const notebook of globSync("notebooks/*.ipynb", { cwd: packageRoot })) {
    writeFileSync(join(folder, basename(notebook)), withoutOutputs(join(packageRoot, notebook)));
  }

  const token = randomBytes(16).toString("hex");
  const env = installForJupyter();
  const child = spawn(
    "jupyter-notebook",
    ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port-retries=50", `--notebook-dir=${folder}`],
    // A cache of its own: a cell says when its result comes from the cache.
    {
      env: { ...env, JUPYTER_TOKEN: token, HOME: home, FUSED_CACHE_DIRECTORY: join(home, "cache") },
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));

  // The server writes down the port that it got: the first free one.
  const info = join(env.JUPYTER_RUNTIME_DIR!, `nbserver-${child.pid}.json`);
  for (let left = 600; !existsSync(info) || readFileSync(info, "utf8") === ""; left--) {
    if (left === 0 || child.exitCode !== null) throw new Error(`jupyter-notebook does not start:\n${log}`);
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

function withoutOutputs(path: string): string {
  const notebook = JSON.parse(readFileSync(path, "utf8")) as { cells: NotebookCell[] };
  for (const cell of notebook.cells) {
    if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
  }
  return JSON.stringify(notebook);
}
