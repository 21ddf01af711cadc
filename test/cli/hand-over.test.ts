import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { packageRoot } from "../../kernelspec/package-root.ts";
import { temporaryFolder, writeTestNotebook } from "./command-line.ts";

const bin = join(packageRoot, "bin", "fused-kernel.js");
const built = existsSync(join(packageRoot, "dist", "cli.js")) ? false : "needs a build (npm run build)";

/** A Node that is not the pinned one: what npm or a user's shell may start us with. */
const other = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => existsSync(path) && path !== process.execPath);
const skip = built || (other ? false : "needs a second Node (apt install nodejs)");

test("whatever Node starts the program, it runs in the pinned one", { skip }, () => {
  const { stdout, status } = spawnSync(other!, [bin, "version"], { encoding: "utf8" });
  assert.match(stdout, /^fused-kernel \d+\.\d+\.\d+, Node v24\./);
  assert.equal(status, 0);
  assert.equal(spawnSync(other!, [bin, "no-such-command"]).status, 2);
});

test("signals reach the program, and its exit code comes back", { skip }, async () => {
  const path = writeTestNotebook(join(temporaryFolder(), "loop.ipynb"), ["1", "while (true) {}"]);
  const child = spawn(other!, [bin, "run", path], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await sleep(50);
  child.kill("SIGTERM");
  assert.equal(await ended, 143);
});

test("doctor names every part it looked at", { skip: built }, () => {
  const { stdout, status } = spawnSync(process.execPath, [bin, "doctor"], { encoding: "utf8" });
  for (const name of ["Node", "zeromq", "isolated-vm", "@napi-rs/canvas", "built files", "kernel", "kernelspec"]) {
    assert.match(stdout, new RegExp(`^(?:\\S*[✓–✗]\\S*) ${name}\\b`, "m"));
  }
  assert.equal(status, stdout.includes("✗") ? 1 : 0);
});
