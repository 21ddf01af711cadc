import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readEntry } from "../../engine/cache/entry-file.ts";
import { LockTimeoutError, takeLock } from "../../engine/cache/lock.ts";
import { openTestKernel } from "../kernel/talk.ts";
import { filesIn, ownFolders } from "./cache-folder.ts";

const folders = ownFolders();
const hammer = fileURLToPath(new URL("./cache-hammer.ts", import.meta.url));

async function strike(until: number, counts: string): Promise<{ code: number | null; hits: number; stderr: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", hammer, String(until), counts]);
  let out = "";
  let stderr = "";
  child.stdout.on("data", (text: Buffer) => (out += String(text)));
  child.stderr.on("data", (text: Buffer) => (stderr += String(text)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, hits: Number(out), stderr };
}

test("F115 two kernels and four processes on one cache directory: one computation a key, no damaged entry", async () => {
  const counts = join(folders.root, "counts");
  writeFileSync(counts, "");
  const env = { FUSED_CACHE_DIRECTORY: folders.cache };
  const kernels = await Promise.all([openTestKernel({ env }), openTestKernel({ env })]);
  // `FUSED_CACHE_HAMMER=full`: for a minute.
  const until = Date.now() + (process.env["FUSED_CACHE_HAMMER"] === "full" ? 60_000 : 4000);
  const cell = `
    const { appendFileSync } = await import("node:fs");
    const compute = fused.cache(async (key: number) => {
      appendFileSync(${JSON.stringify(counts)}, "cell " + key + "\\n");
      await new Promise((done) => setTimeout(done, 20));
      return { key };
    }, { cacheVerbose: false, cacheFolderPath: "hammer" });
    let right = true;
    for (let round = 0; round < 12 || Date.now() < ${until}; round++) {
      const keys = [0, 1, 2, 3].map((i) => (round + i) % 12);
      const values = await Promise.all(keys.map((key) => compute(key)));
      right &&= values.every((value, i) => value.key === keys[i]);
    }
    right`;
  const [processes, cells] = await Promise.all([
    Promise.all(Array.from({ length: 4 }, () => strike(until, counts))),
    Promise.all(kernels.map(({ run }) => run(cell))),
  ]);
  for (const { code, hits, stderr } of processes) {
    assert.equal(code, 0, stderr);
    assert.ok(hits > 24);
    assert.doesNotMatch(stderr, /damaged|cannot be/);
  }
  for (const { result, error, stderr } of cells) assert.deepEqual([result, error, stderr], ["true", "", ""]);
  const computed = readFileSync(counts, "utf8").trim().split("\n");
  assert.equal(new Set(computed).size, computed.length, "no key was computed twice");
  assert.equal(computed.length, 24 + 12);
  const entries = filesIn(folders.cache, ".fused");
  assert.equal(entries.length, 36);
  for (const entry of entries) assert.ok(await readEntry(join(folders.cache, entry)));
  assert.deepEqual(filesIn(folders.cache, ".lock"), []);
  assert.deepEqual(filesIn(folders.cache, ".tmp"), []);
});

test("a lock whose owner is gone is taken over; one whose owner lives is waited for", async () => {
  const path = join(folders.root, "locks", "a.lock");
  mkdirSync(join(folders.root, "locks"));
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "close");
  const owner = { pid: child.pid, host: hostname(), time: Date.now(), token: "gone" };
  writeFileSync(path, JSON.stringify(owner));
  const lock = await takeLock(path, { timeout: 1000 });
  assert.equal(JSON.parse(readFileSync(path, "utf8")).pid, process.pid);
  await assert.rejects(takeLock(path, { timeout: 0 }), LockTimeoutError);
  lock.release();
  assert.equal(existsSync(path), false);

  writeFileSync(path, JSON.stringify({ ...owner, pid: process.ppid }));
  await assert.rejects(takeLock(path, { timeout: 50 }), /is held by process \d+ on /);
  writeFileSync(path, JSON.stringify({ ...owner, host: "elsewhere" }));
  await assert.rejects(takeLock(path, { timeout: 50 }), /on elsewhere/);
  const old = new Date(Date.now() - 10 * 60_000);
  utimesSync(path, old, old);
  (await takeLock(path, { timeout: 1000 })).release();

  writeFileSync(path, "");
  utimesSync(path, old, old);
  (await takeLock(path, { timeout: 1000 })).release();
});

test("who waits for a lock may give up, and the next in line gets it", async () => {
  const path = join(folders.root, "line.lock");
  const first = await takeLock(path, { timeout: 1000 });
  const giveUp = new AbortController();
  const second = takeLock(path, { timeout: 1000, signal: giveUp.signal });
  const third = takeLock(path, { timeout: 1000 });
  giveUp.abort(new Error("enough"));
  await assert.rejects(second, /enough/);
  first.release();
  (await third).release();
});
