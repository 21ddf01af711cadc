import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * Ends the child processes of this process, with theirs: JavaScript that waits in `execSync` goes on, and stops, only when
 * the last of them has let go of its pipes.
 */
export function interruptChildren(): void {
  const children = descendants(process.pid).filter((pid) => !spared.has(pid));
  signal(children, "SIGINT");
  setTimeout(() => signal(children, "SIGKILL"), 1000);
}

const spared = new Set<number>();

/** Keeps a process of the session's own, which no cell has started, from being ended with those of the cells. */
export function spareChild(pid: number): void {
  spared.add(pid);
}

/** Kills a process with everything that it has started. */
export function endTree(pid: number): void {
  signal([...descendants(pid), pid], "SIGKILL");
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended.
    }
  }
}

/** All processes below one, as they stand now: a shell that is ended leaves its own children to process 1. */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const [child, parent] of processes()) children.set(parent, [...(children.get(parent) ?? []), child]);
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** Pairs of process and parent. */
function processes(): [number, number][] {
  try {
    if (process.platform !== "linux") {
      const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
      return lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
    }
    const pids = readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0);
    return pids.map((pid) => [pid, parentOf(pid)]);
  } catch {
    return [];
  }
}

/** From `/proc/PID/stat`, where the parent stands second after the name in parentheses (proc(5)). */
function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return -1;
  }
}
