import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KernelLaunch } from "../kernelspec/kernel-process.ts";
import { builtKernel, kernelArgv } from "../kernelspec/argv.ts";

/** A kernel to measure, and the cells of the measurements in its language. */
export interface Contender {
  name: string;
  launch: KernelLaunch;
  cells: Cells;
}

export interface Cells {
  sum: string;
  define: string;
  /** Fails or gives an error where `define` was forgotten. */
  recall: string;
  lines: string;
  big: string;
  loop: string;
  /** Waits for what never comes; absent where the kernel cannot await in a cell. */
  wait?: string;
  busy: string;
  exit: string;
  complete: string;
  /** Declares what `inspect` asks for. */
  greet: string;
}

const javascript: Cells = {
  sum: "1+1",
  define: "var kept = 41",
  recall: "if (kept !== 41) throw new Error('forgotten')",
  lines: "for (let i = 0; i < 20000; i++) console.log('line ' + i)",
  big: "console.log('x'.repeat(10_000_000))",
  loop: "while (true) {}",
  wait: "await new Promise(() => {})",
  busy: "{ const end = Date.now() + 1200; console.log('started'); while (Date.now() < end) {} }",
  exit: "process.exit(1)",
  complete: "[1,2,3].fi",
  greet: "function greet(name) { return 'hi ' + name }",
};
const python: Cells = {
  sum: "1+1",
  define: "kept = 41",
  recall: "assert kept == 41",
  lines: "for i in range(20000): print('line', i)",
  big: "print('x' * 10_000_000)",
  loop: "while True: pass",
  wait: "import asyncio; await asyncio.Future()",
  busy: "import time\nend = time.time() + 1.2\nprint('started', flush=True)\nwhile time.time() < end: pass",
  exit: "import os; os._exit(1)",
  complete: "[1,2,3].ap",
  greet: "def greet(name): return 'hi ' + name",
};

const folder = fileURLToPath(new URL(".peers", import.meta.url));

/** Our kernel as it is built, and the peers that are installed (`node bench/install-peers.js`). */
export function contenders(): Contender[] {
  const launch = (name: string, argv: string[], interruptMode: "signal" | "message" = "signal"): KernelLaunch => ({
    name,
    argv,
    env: {},
    interruptMode,
    cwd: ".",
  });
  const found: Contender[] = [
    {
      name: "fused-ts",
      launch: launch("fused-ts", [...kernelArgv(builtKernel), "{connection_file}"], "message"),
      cells: javascript,
    },
  ];
  const deno = join(folder, "deno", "node_modules", "deno", "deno");
  // Its kernelspec asks for signals, which end it; by message it fares better.
  if (existsSync(deno)) {
    found.push({
      name: "deno",
      launch: launch("deno", [deno, "jupyter", "--kernel", "--conn", "{connection_file}"], "message"),
      cells: { ...javascript, exit: "Deno.exit(1)" },
    });
  }
  const record = join(folder, "installed.json");
  const node = existsSync(record)
    ? (JSON.parse(readFileSync(record, "utf8")) as { node: string }).node
    : process.execPath;
  const ijavascript = join(folder, "ijavascript", "node_modules", "ijavascript", "lib", "kernel.js");
  if (existsSync(ijavascript)) {
    const { wait: _, ...cells } = javascript;
    found.push({
      name: "ijavascript",
      launch: launch("ijavascript", [node, ijavascript, "--protocol=5.1", "{connection_file}"]),
      cells,
    });
  }
  const tslab = join(folder, "tslab", "node_modules", "tslab", "bin", "tslab");
  if (existsSync(tslab)) {
    found.push({
      name: "tslab",
      launch: launch("tslab", [node, tslab, "kernel", "--config-path={connection_file}"]),
      cells: javascript,
    });
  }
  if (spawnSync("/usr/bin/python3", ["-c", "import ipykernel"]).status === 0) {
    found.push({
      name: "ipykernel",
      launch: launch("ipykernel", ["/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"]),
      cells: python,
    });
  }
  return found;
}
