import { readFileSync, readdirSync } from "node:fs";

export interface ProcessMemory {
  pid: number;
  /** First words of the command line. */
  command: string;
  /** Proportional set size: pages that several processes share count in part for each. Megabytes. */
  pss: number;
}

/**
 * The memory of a process and all that descends from it, from Linux's /proc.
 * @param leaveOut tells by the command line which processes do not count, and with them what descends from them
 */
export function processMemory(root: number, leaveOut: (command: string) => boolean = () => false): ProcessMemory[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1] ?? -1);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: ProcessMemory[] = [];
  const visit = (pid: number): void => {
    const command = read(`/proc/${pid}/cmdline`).split("\0").filter(Boolean).join(" ");
    if (leaveOut(command)) return;
    const pss = Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;
    if (command) found.push({ pid, command, pss });
    for (const child of children.get(pid) ?? []) visit(child);
  };
  visit(root);
  return found;
}

/** Processor time that a process and all that descends from it have taken, milliseconds, in steps of 10. */
export function processorTime(root: number): number {
  return processMemory(root, isLanguageServer).reduce((sum, { pid }) => {
    // Fields of stat behind the name in parentheses: state is the third of all, utime the 14th, stime the 15th (proc(5)).
    const stat = read(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
  }, 0);
}

/** TypeScript's language server, whose memory is not the kernel's to bound. */
export const isLanguageServer = (command: string): boolean => /\btsgo\b|@typescript\/native|--lsp\b/.test(command);

/** The same in words, for the output of a test. */
export function describeMemory(pid: number): string {
  const named = processMemory(pid).map(({ command, pss }) => {
    const program = isLanguageServer(command)
      ? "language server"
      : (/[\w-]+(?=\.[tj]s\b)/.exec(command)?.[0] ?? command.slice(0, 30));
    return `${program} ${pss.toFixed(0)} MB`;
  });
  return named.join(", ");
}

/** Megabytes of a kernel's processes but the language server. */
export function kernelMemory(pid: number): number {
  return processMemory(pid, isLanguageServer).reduce((sum, { pss }) => sum + pss, 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process has ended meanwhile.
    return "";
  }
}
