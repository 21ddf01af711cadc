import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ServiceSettings } from "../../service/settings.ts";

export interface WorkerProcess {
  name: string;
  /** SIGKILL: it has no time for anything. */
  kill(): Promise<void>;
  /** SIGTERM: it gives back what it has. */
  end(): Promise<void>;
}

const program = fileURLToPath(new URL("worker-program.ts", import.meta.url));

/** A worker in a process of its own, with a data folder of its own, as on another machine. */
export async function startWorkerProcess(settings: Partial<ServiceSettings>): Promise<WorkerProcess> {
  const dataFolder = mkdtempSync(join(tmpdir(), "fused-worker-"));
  const child = spawn(
    process.execPath,
    ["--no-node-snapshot", program, JSON.stringify({ ...settings, dataFolder, port: 0 })],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const name = await new Promise<string>((resolve, reject) => {
    child.stdout!.once("data", (text: Buffer) => resolve(text.toString().trim()));
    child.once("exit", (code) => reject(new Error(`the worker ended with ${code} before it was ready`)));
  });
  const stop = async (signal: NodeJS.Signals) => {
    await ended(child, signal);
    rmSync(dataFolder, { recursive: true, force: true });
  };
  return { name, kill: () => stop("SIGKILL"), end: () => stop("SIGTERM") };
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}
