import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { readConnectionFile } from "../kernel/connection-file.ts";
import { kernelArgv } from "../kernelspec/argv.ts";
import { parseArguments } from "./arguments.ts";

export const kernelHelp = `Usage: fused-kernel kernel CONNECTION_FILE

Runs the kernel on the ports that a Jupyter client wrote into the connection file. Kernelspecs start it without this
command.`;

/** `fused-kernel kernel`: lives as long as the kernel, passes signals on, ends with its exit code. */
export async function kernelCommand(words: string[]): Promise<number> {
  const { positionals } = parseArguments(words, {}, ["CONNECTION_FILE"]);
  const path = resolve(positionals[0]!);
  readConnectionFile(path);
  const [node = "", ...args] = kernelArgv();
  if (!existsSync(args.at(-1)!))
    throw new Error(`${args.at(-1)} is missing: the package has not been built.\nRun: npm run build`);
  const child = spawn(node, [...args, path], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => done(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
}
