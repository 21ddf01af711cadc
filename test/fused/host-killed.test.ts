import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { LocalEngine } from "../../engine/client.ts";
import fused from "../../fused/index.ts";
import { closeEngine, localEngine } from "../../fused/run-engine.ts";
import { filesIn, ownFolders } from "./cache-folder.ts";

const folders = ownFolders();
after(closeEngine);
const runs = 2000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const source = `async (n: int) => {
  const square = fused.cache((k: int) => k * k);
  return { n, twice: n * 2, square: await square(n % 20) };
}`;
const expected = (n: number) => ({ n, twice: n * 2, square: (n % 20) ** 2 });

const kills = 10;

/** Kills the engine host so often, each time when some more runs have ended, at a random moment. */
async function killAtRandom(engine: LocalEngine, ended: () => number): Promise<number> {
  const moments = Array.from({ length: kills }, () => Math.random() * runs * 0.95).sort((a, b) => a - b);
  let killed = 0;
  for (const moment of moments) {
    while (ended() < moment) await pause(1);
    const { pid } = engine;
    await pause(Math.random() * 5);
    if (pid === undefined || pid !== engine.pid) continue;
    try {
      process.kill(pid, "SIGKILL");
      killed++;
    } catch {
      // The last one has not been replaced yet.
    }
  }
  return killed;
}

test("the host is killed at random during 2,000 runs: each ends with its result or says what happened, none twice in the cache", async () => {
  const udf = fused.udf(source, { name: "survivor" });
  const engine = (await localEngine()) as LocalEngine;
  const pool = udf.map(
    Array.from({ length: runs }, (_, n) => n),
    { maxWorkers: 32, maxRetry: 0, cacheMaxAge: "1h" },
  );
  const killing = killAtRandom(engine, () => pool.status().success + pool.status().error);
  await pool.wait({ timeout: 150, progress: false });
  const killed = await killing;
  assert.ok(killed >= 3, `the host was killed ${killed} times`);

  const { success, error, ...others } = pool.status();
  assert.equal(success + error, runs, "each run has ended");
  assert.deepEqual(others, { pending: 0, running: 0, timeout: 0, cancelled: 0 });
  for (const [n, value] of pool.success()) assert.deepEqual(value, expected(n));
  for (const lost of pool.errors().values()) {
    assert.match(lost.message, /The run was lost: the engine's process was ended by SIGKILL|There is no engine host/);
  }
  assert.ok(
    success > runs * 0.9,
    `${success} of ${runs} runs had a result, most of the lost ones at the second attempt`,
  );

  const entries = await fused.cache.list();
  const results = entries.filter(({ kind }) => kind === "udf");
  const values = entries.filter(({ kind }) => kind === "function");
  assert.equal(results.length, success, "what was lost is not kept, what was kept is kept once");
  assert.ok(values.length <= 20, `${values.length} entries for 20 keys of the cached function`);

  // What is in the cache is whole: the same runs again give the same, from the cache where it was kept.
  const again = udf.map(
    Array.from({ length: runs }, (_, n) => n),
    { maxWorkers: 32, cacheMaxAge: "1h" },
  );
  assert.deepEqual(
    await again.results(),
    Array.from({ length: runs }, (_, n) => expected(n)),
  );
  assert.equal((await fused.cache.list()).filter(({ kind }) => kind === "udf").length, runs);
  assert.equal((await fused.cache.list()).filter(({ kind }) => kind === "function").length, 20);
  assert.deepEqual(filesIn(folders.cache, ".lock"), [], "no lock is left behind");
});
