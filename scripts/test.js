import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ensureLab } from "./ensure-lab.js";
import { ensureReady, pinnedNode, root } from "./ensure-ready.js";

/**
 * `npm test [-- FILE …]`: all tests, or those named. Says what was skipped and why; in CI nothing may be.
 *
 * In a run of all tests, up to three files that fail are run once more by themselves: a shared machine that stood still for
 * a while is no fault of ours. What passes only then is named as unsteady at the end, for somebody to mend.
 */
ensureReady();
const named = process.argv.slice(2);
if (named.length === 0 || named.some((file) => /\blab\b/.test(file))) ensureLab();
const files = named.length > 0 ? named : testFiles();
// Temporary folders and kept results of the tests, gone with them: what an earlier run has kept must not stand in for what
// is tested now. Others may look through it, as a Postgres server that tests start under a user of its own must.
const scratch = mkdtempSync(join(tmpdir(), "fused-test-"));
chmodSync(scratch, 0o755);
const failedList = join(scratch, "failed.json");

let status = runTests(files);
const failed = status === 0 ? [] : failedFiles();
if (named.length === 0 && failed.length > 0 && failed.length <= 3) {
  console.log(`\nOnce more, by themselves: ${failed.join(", ")}`);
  status = runTests(failed);
  if (status === 0) console.log(`\nUnsteady, passed only at the second try (see above): ${failed.join(", ")}`);
}
rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
process.exit(status);

/** @returns the exit code */
function runTests(files) {
  const args = [
    "--no-node-snapshot",
    "--disable-warning=ExperimentalWarning",
    "--import=./scripts/test-ends.js",
    "--test",
    // One file at a time: tests start kernels, browsers and engines that take both cores of a small machine by themselves.
    "--test-concurrency=1",
    "--test-timeout=180000",
    "--test-reporter=./scripts/test-reporter.js",
    "--test-reporter-destination=stdout",
    ...files,
  ];
  const temporary = join(scratch, "t");
  mkdirSync(temporary, { recursive: true });
  const env = {
    ...process.env,
    TMPDIR: temporary,
    TMP: temporary,
    TEMP: temporary,
    FUSED_CACHE_DIRECTORY: join(scratch, "cache"),
    FUSED_TEST_FAILED: failedList,
  };
  const { status } = spawnSync(pinnedNode(), args, { cwd: root, stdio: "inherit", env });
  return status ?? 130;
}

function failedFiles() {
  try {
    return JSON.parse(readFileSync(failedList, "utf8")).map((file) => relative(root, file));
  } catch {
    return [];
  }
}

function testFiles() {
  const files = readdirSync(join(root, "test"), { recursive: true }).filter((file) => file.endsWith(".test.ts"));
  return files.map((file) => join("test", file)).sort();
}
