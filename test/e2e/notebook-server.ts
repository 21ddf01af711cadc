import { globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { needsPython } from "./debian-jupyter.ts";
import { startPythonServer, type PythonServer } from "./python-server.ts";

export const needsNotebookServer = needsPython(["notebook"], "jupyter-notebook");

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

/** Starts Debian's Notebook 6 on a free port of the loopback address, with the tutorials without outputs as its notebooks. */
export async function startNotebookServer(): Promise<PythonServer> {
  const home = mkdtempSync(join(tmpdir(), "fused-notebook-"));
  const folder = join(home, "notebooks");
  mkdirSync(folder);
  for (const notebook of globSync("notebooks/*.ipynb", { cwd: packageRoot })) {
    writeFileSync(join(folder, basename(notebook)), withoutOutputs(join(packageRoot, notebook)));
  }

  const flags = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port-retries=50", `--notebook-dir=${folder}`];
  return startPythonServer(["jupyter-notebook", ...flags], home, folder, "nbserver");
}

function withoutOutputs(path: string): string {
  const notebook = JSON.parse(readFileSync(path, "utf8")) as { cells: NotebookCell[] };
  for (const cell of notebook.cells) {
    if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
  }
  return JSON.stringify(notebook);
}
