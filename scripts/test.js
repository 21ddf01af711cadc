import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureReady, pinnedNode, root, run } from "./ensure-ready.js";

/** `npm test [-- FILE …]`: all tests, or those named. Says what was skipped and why; in CI nothing may be. */
ensureReady();
const named = process.argv.slice(2);
const files = named.length > 0 ? named : testFiles();
// What an earlier run of the tests has kept must not stand in for what is tested now.
const env = { FUSED_CACHE_DIRECTORY: mkdtempSync(join(tmpdir(), "fused-test-cache-")) };
const args = [
  "--no-node-snapshot",
  "--disable-warning=ExperimentalWarning",
  "--test",
  // One file at a time: tests start kernels, browsers and engines that take both cores of a small machine by themselves.
  "--test-concurrency=1",
  "--test-timeout=180000",
  "--test-reporter=./scripts/test-reporter.js",
  "--test-reporter-destination=stdout",
  ...files,
];
run(pinnedNode(), args, env);

function testFiles() {
  const files = readdirSync(join(root, "test"), { recursive: true }).filter((file) => file.endsWith(".test.ts"));
  return files.map((file) => join("test", file)).sort();
}
