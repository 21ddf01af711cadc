import { globSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureReady, pinnedNode, root, run } from "./ensure-ready.js";

/** `npm test [-- FILE …]`: all tests, or those named. Says what was skipped and why; in CI nothing may be. */
if (Number(process.versions.node.split(".")[0]) < 22) {
  // Finding the files needs a newer Node than the one that may run npm.
  ensureReady();
  run(pinnedNode(), [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
} else {
  ensureReady();
  const named = process.argv.slice(2);
  const files = named.length > 0 ? named : globSync("test/**/*.test.ts", { cwd: root }).sort();
  // What an earlier run of the tests has kept must not stand in for what is tested now.
  const env = { FUSED_CACHE_DIRECTORY: mkdtempSync(join(tmpdir(), "fused-test-cache-")) };
  const args = [
    "--no-node-snapshot",
    "--disable-warning=ExperimentalWarning",
    "--test",
    "--test-concurrency=2",
    "--test-timeout=180000",
    "--test-reporter=./scripts/test-reporter.js",
    "--test-reporter-destination=stdout",
    ...files,
  ];
  run(pinnedNode(), args, env);
}
