import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { FoundKernelspec } from "./find.ts";
import { kernelArgv } from "./argv.ts";

/** How to start a kernel. */
export interface KernelLaunch {
  name: string;
  /** Command; `{connection_file}` stands where its path goes. */
  argv: string[];
  env: Record<string, string>;
  interruptMode: "signal" | "message";
  /** Folder the kernel starts in. */
  cwd: string;
}

export interface KernelProcess {
  pid: number;
  /** Settles when the process has ended; the text says how, with the last lines it wrote to stderr. */
  ended: Promise<string>;
  alive(): boolean;
  /** Signals the kernel and every process it started that is still in its group. */
  signal(signal: NodeJS.Signals): void;
}

/**
 * Our own kernel, straight from this package: no kernelspec needs to be installed.
 * @param flags of the kernel: `--sandbox`, say
 */
export function ownLaunch(cwd: string, env: Record<string, string> = {}, flags: string[] = []): KernelLaunch {
  return {
    name: "fused-ts",
    argv: [...kernelArgv(), ...flags, "{connection_file}"],
    env,
    interruptMode: "message",
    cwd,
  };
}

/** The kernel of an installed kernelspec. */
export function kernelspecLaunch(
  { name, folder, spec }: FoundKernelspec,
  cwd: string,
  env: Record<string, string> = {},
): KernelLaunch {
  const expanded = Object.entries(spec.env ?? {}).map(([key, value]) => [
    key,
    value.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, a?: string, b?: string) => process.env[a ?? b ?? ""] ?? all),
  ]);
  return {
    name,
    argv: spec.argv.map((part) => part.replaceAll("{resource_dir}", folder)),
    env: { ...Object.fromEntries(expanded), ...env },
    interruptMode: spec.interrupt_mode ?? "signal",
    cwd,
  };
}

/** Starts the process, in a group of its own, so that a terminal's Ctrl-C reaches us and not it. */
export async function spawnKernel(launch: KernelLaunch, connectionFile: string): Promise<KernelProcess> {
  const [command = "", ...args] = launch.argv.map((part) => part.replaceAll("{connection_file}", connectionFile));
  const child = spawn(command, args, {
    cwd: launch.cwd,
    // JPY_PARENT_PID: kernels end by themselves when the client that started them is gone.
    env: { ...process.env, ...launch.env, JPY_PARENT_PID: String(process.pid) },
    stdio: ["ignore", "ignore", "pipe"],
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  let tail = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-4000);
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? "there is no such program (or folder to start it in)" : error.message;
      reject(new Error(`cannot start the kernel "${launch.name}" (${command}): ${why}`));
    });
  });
  const pid = child.pid!;
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      // What it wrote last may still stand in the pipe, and a process that it left behind may hold the pipe open.
      setTimeout(() => {
        child.stderr.destroy();
        resolve(howItEnded(code, signal, tail));
      }, 30);
    });
  });
  const alive = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    ended,
    alive,
    signal(signal) {
      try {
        if (process.platform === "win32") child.kill(signal);
        else process.kill(-pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    },
  };
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null, tail: string): string {
  const how = signal
    ? `killed by ${signal}${signal === "SIGKILL" ? " (often: out of memory)" : ""}`
    : `exit code ${code}${code !== null && code > 128 ? signalOfCode(code - 128) : ""}`;
  const lines = tail.trim().split("\n").slice(-12).join("\n");
  return lines ? `${how}; it last wrote:\n${lines}` : how;
}

function signalOfCode(number: number): string {
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return name ? ` (${name})` : "";
}
