import { spawn } from "node:child_process";
import { MagicError, type MagicSession } from "./magic.ts";

export interface ProgramOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Given to the program's stdin, which then ends. */
  input?: string;
  /** Programs that are scripts on Windows (npm.cmd) start through its shell there. */
  onWindows?: "shell";
}

/**
 * Runs a program and passes on what it writes as it comes. An interrupt of the cell kills it, and what it started.
 * @returns how it ended: `exit code 0`, `SIGTERM`
 * @throws MagicError where there is no such program
 */
export function runProgram(
  program: string,
  args: string[],
  options: ProgramOptions,
  session: MagicSession,
): Promise<string> {
  const { cwd, env, input, onWindows } = options;
  const child = spawn(program, args, {
    cwd,
    env,
    shell: process.platform === "win32" && onWindows === "shell",
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const kill = (): void => {
    if (child.pid !== undefined) session.endProcess(child.pid);
  };
  session.signal.addEventListener("abort", kill);
  for (const name of ["stdout", "stderr"] as const) {
    child[name]!.setEncoding("utf8").on("data", (text: string) =>
      name === "stdout" ? session.print(text) : session.warn(text),
    );
  }
  // A program that ends before it has read all its input is no error of ours.
  child.stdin?.on("error", () => {}).end(input);
  return new Promise<string>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? new MagicError(`There is no program ${program} on the PATH.`) : error);
    });
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).finally(() => session.signal.removeEventListener("abort", kill));
}
