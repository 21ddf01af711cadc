import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { createCellScope } from "./cell-scope.ts";
import { captureOutput } from "./capture-output.ts";
import { createImporter } from "./importer.ts";
import { installGlobals } from "./globals.ts";
import { createLoadingGate } from "./loading-gate.ts";
import { createRing } from "./ring.ts";
import type { AgentData } from "./records.ts";
import { createReporter } from "./reporter.ts";
import { reportStrayErrors } from "./stray-errors.ts";
import { loadBehind } from "./when-needed.ts";
import { linkWidgets } from "./widget-lines.ts";

/**
 * Entry of the session process: its main thread runs the user's cells and nothing else. The agent, a worker thread,
 * holds the channel to the kernel and drives this thread through the inspector.
 */
const data: AgentData = {
  ring: createRing(),
  stdin: new SharedArrayBuffer(8 + (1 << 20)),
  gate: createLoadingGate(),
};

const entry = import.meta.url.endsWith(".ts") ? "./agent.ts" : "./agent.js";
const agent = new Worker(new URL(entry, import.meta.url), {
  workerData: data,
  stdout: false,
  stderr: false,
  // What it holds passes through; V8 lets a heap that may become smaller grow less before it looks for garbage.
  resourceLimits: { maxOldGenerationSizeMb: 1024 },
});
agent.unref();
agent.on("error", (error: Error) => {
  writeSync(2, `fused-kernel: the session's agent failed: ${error.stack}\n`);
  process.exit(70);
});

const scope = createCellScope();
const reporter = createReporter(data.ring, agent, scope);
loadBehind(data.gate);
captureOutput(reporter);
reportStrayErrors(reporter);
linkWidgets(agent, reporter, scope);
installGlobals({ agent, scope, reporter, importer: createImporter(), stdin: data.stdin });

// The session lives until the kernel ends it, also when the user's code leaves nothing to wait for.
setInterval(() => {}, 2 ** 30);
