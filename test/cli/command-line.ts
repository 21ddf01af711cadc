import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { packageRoot } from "../../kernelspec/package-root.ts";

/** Runs the command line from its sources. */
export async function fusedKernel(
  words: string[],
  { cwd, env, onStart }: { cwd?: string; env?: Record<string, string>; onStart?: (pid: number) => void } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ["--no-node-snapshot", join(packageRoot, "cli", "main.ts"), ...words], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onStart?.(child.pid!);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}

/** A folder that is gone when the test file ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fused-cli-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Code of one cell, or a cell as nbformat has it. */
export type TestCell = string | ({ cell_type: "code" | "markdown"; source: string } & Record<string, unknown>);

/** Writes a notebook of these cells. @returns its path */
export function writeTestNotebook(path: string, cells: TestCell[], metadata: Record<string, unknown> = {}): string {
  const whole = cells.map((cell, i) => {
    const given = typeof cell === "string" ? { cell_type: "code", source: cell } : cell;
    const extra = given.cell_type === "code" ? { outputs: [], execution_count: null } : {};
    return { id: `cell-${i}`, metadata: {}, ...extra, ...given };
  });
  writeFileSync(path, JSON.stringify({ cells: whole, metadata, nbformat: 4, nbformat_minor: 5 }));
  return path;
}

/** A Python that can import nbformat; undefined with the reason to skip. */
export function findPython(module: "nbformat" | "ipykernel"): { python?: string; skip: string | false } {
  for (const python of ["/usr/bin/python3", "python3"]) {
    if (spawnSync(python, ["-c", `import ${module}`]).status === 0) return { python, skip: false };
  }
  return { skip: `needs python3-${module} (apt install python3-${module})` };
}
