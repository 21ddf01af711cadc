import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Ends the child processes of this process: JavaScript that waits in `execSync` goes on, and stops, only when they end. */
export function interruptChildren(): void {
  for (const child of childrenOf(process.pid)) {
    try {
      process.kill(child, "SIGINT");
      setTimeout(() => killIfAlive(child), 1000);
    } catch {
      // It ended by itself.
    }
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended on SIGINT.
  }
}

function childrenOf(pid: number): number[] {
  try {
    if (process.platform !== "linux") {
      return execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" }).split(/\s+/).filter(Boolean).map(Number);
    }
    return readdirSync("/proc").map(Number).filter((other) => other > 0 && parentOf(other) === pid);
  } catch {
    return [];
  }
}

/** From `/proc/PID/stat`, where the parent stands second after the name in parentheses (proc(5)). */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
