import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { token } from "./open-lab.ts";

export interface LabProcess {
  child: ChildProcess;
  /** Address without a path. */
  url: string;
  /** The login link. */
  link: string;
  folder: string;
  state: string;
  printed: () => string;
  ended: Promise<number | null>;
}

/** Starts `fused-kernel lab` from its sources and waits for the link. To be called outside of tests and hooks. */
export async function startLab(words: string[] = [], state = temporary("state")): Promise<LabProcess> {
  const folder = temporary("folder");
  const main = join(packageRoot, "cli", "main.ts");
  const args = ["--no-node-snapshot", main, "lab", folder, "--no-browser", "--token", token, ...words];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, FUSED_LAB_STATE_DIRECTORY: state, FUSED_CACHE_DIRECTORY: join(state, "cache") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const link = await new Promise<string>((resolve, reject) => {
    const read = (text: string) => {
      printed += text;
      const found = /^Lab: (\S+)$/m.exec(printed)?.[1];
      if (found) resolve(found);
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    void ended.then((code) => reject(new Error(`fused-kernel lab ended with ${code}: ${printed}`)));
  });
  return { child, url: new URL(link).origin, link, folder, state, printed: () => printed, ended };
}

/** Ends it if it still runs. */
export async function stopLab({ child, ended }: LabProcess): Promise<void> {
  child.kill("SIGTERM");
  await ended;
}

export function temporary(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `fused-lab-${name}-`));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Resident memory of a process now, in bytes. */
export function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;
}

/** True while there is a process of this id that has not ended. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
