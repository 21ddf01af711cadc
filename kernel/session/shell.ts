import { spawn } from "node:child_process";
import type { Reporter } from "./reporter.ts";

/**
 * `!command`: runs it in the user's shell and shows what it writes as it comes; `lines = !command` keeps its stdout.
 * An exit code other than 0 is said on stderr; an interrupt of the cell ends the command.
 */
export async function runShell(
  command: string,
  capture: boolean,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const execution = reporter.execution();
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "pipe"], signal });
  const kept: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => (capture ? kept.push(chunk) : reporter.text("stdout", chunk, execution)));
  child.stderr.on("data", (chunk: Buffer) => reporter.text("stderr", chunk, execution));
  const [code, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
  });
  if (code !== 0) reporter.text("stderr", `!${command}: ended with ${killedBy ?? `exit code ${code}`}\n`, execution);
  return capture ? Buffer.concat(kept).toString().split("\n").slice(0, -1) : undefined;
}
