#!/usr/bin/env node
// Plain JavaScript that any Node from version 20 reads: it hands over to the Node that this package pins.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { labEnvironment } from "./lab-environment.js";

const needed = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, "dist", "cli.js");

/** Path of the Node binary that the npm package `node` brought; undefined where it is not installed. */
function pinnedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("node/package.json"));
    const path = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Runs the program in another Node, with our terminal, our signals and its exit code. */
function handOver(node) {
  const env = process.argv[2] === "lab" ? { ...labEnvironment, ...process.env } : process.env;
  const child = spawn(node, [...process.execArgv, program, ...process.argv.slice(2)], { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`fused-kernel: cannot start ${node}: ${error.message}\nRun: npm install`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

if (!existsSync(program)) {
  console.error(`fused-kernel: ${program} is missing: the package has not been built.\nRun: npm run build`);
  process.exit(1);
}
const pinned = pinnedNode();
const major = Number(process.versions.node.split(".")[0]);
if (pinned !== undefined && process.execPath !== pinned) {
  handOver(pinned);
} else {
  if (pinned === undefined && major < needed) {
    console.error(
      `fused-kernel: warning: Node ${process.version} is too old and the pinned one is not installed. Run: npm install`,
    );
  }
  await import(pathToFileURL(program).href);
}
