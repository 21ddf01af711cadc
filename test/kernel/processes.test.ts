import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openTestKernel } from "./talk.ts";

/** Processes that carry a mark in their environment: all that a kernel started, whatever their parents are now. */
function marked(mark: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark);
      } catch {
        return false;
      }
    });
}

async function noneLeft(mark: string): Promise<number[]> {
  for (let i = 0; i < 100 && marked(mark).length > 0; i++) await sleep(50);
  return marked(mark);
}

const onLinux = process.platform === "linux" ? {} : { skip: "needs /proc (Linux)" };

test("a kernel that was shut down leaves no process behind, whatever its cells started", onLinux, async () => {
  const mark = `FUSED_TEST_MARK=${process.pid}-shutdown`;
  const { run, client } = await openTestKernel({ env: { FUSED_TEST_MARK: mark.split("=")[1]! } });
  await run("require('child_process').spawn('sleep', ['300'])");
  await run("await fused.run(fused.udf(() => 1))");
  assert.ok(marked(mark).length >= 4, "kernel, session, engine host and sleep");
  await client.shutdown();
  assert.deepEqual(await noneLeft(mark), []);
});

test("nor does one that was killed with SIGKILL", onLinux, async () => {
  const mark = `FUSED_TEST_MARK=${process.pid}-kill`;
  const { run, client } = await openTestKernel({ env: { FUSED_TEST_MARK: mark.split("=")[1]! } });
  await run("require('child_process').spawn('sleep', ['300']); await fused.run(fused.udf(() => 1))");
  const busy = client.execute("while (true) {}").catch(() => undefined);
  await sleep(100);
  process.kill(client.process.pid, "SIGKILL");
  await busy;
  assert.deepEqual(await noneLeft(mark), []);
});
