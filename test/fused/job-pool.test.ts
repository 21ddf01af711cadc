import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setCellHooks } from "../../fused/cell-hooks.ts";
import type { DisplayBundle } from "../../fused/display-sink.ts";
import { setDisplaySink } from "../../fused/display-sink.ts";
import { PoolCancelledError, UdfRuntimeError, UdfTimeoutError } from "../../fused/errors.ts";
import fused from "../../fused/index.ts";
import { setPoolView } from "../../fused/job-pool-display.ts";
import { JobPool } from "../../fused/job-pool.ts";
import { options, reloadOptions } from "../../fused/options.ts";
import { closeEngine, localEngine } from "../../fused/run-engine.ts";
import { openGate } from "../fixtures/gate.ts";
import { waitFor } from "../wait-for.ts";

const { udf } = fused;

before(async () => {
  process.env["FUSED_SETTINGS_FILE"] = "/nonexistent/settings.toml";
  process.env["FUSED_LOCAL_ENGINE_CACHE"] = "false";
  process.env["FUSED_CACHE_DIRECTORY"] = mkdtempSync(join(tmpdir(), "fused-test-cache-"));
  reloadOptions();
  await localEngine();
});
const gate = await openGate({ isOpen: false });
after(async () => {
  await closeEngine();
  await gate.close();
});
afterEach(() => {
  gate.shut();
  setDisplaySink(undefined);
  setCellHooks();
});

const odd = udf("(n: int) => { console.log('n is', n); if (n % 2) return n; throw new Error(n + ' is even'); }", {
  name: "odd",
});
const slow = udf("(ms: int) => new Promise((resolve) => setTimeout(() => resolve(ms), ms))", { name: "slow" });
/** 0 waits until the gate is open. */
const held = udf(
  `async (n: int) => { await (n ? new Promise((go) => setTimeout(go, n)) : fetch("http://${gate.host}/")); return n; }`,
  { name: "held" },
);
const throughGate = { maxWorkers: 3, network: { allowPrivate: [gate.host] } };
const never = udf("(n: int) => n ? n : new Promise(() => {})", { name: "never" });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const once = { maxRetry: 0 };

test("progress that stands in for something leaves its place where all ends well, and stays where not", async () => {
  const shown: string[] = [];
  const told = (what: string) => (bundle: { data: Record<string, unknown> }, id: string) =>
    void shown.push(`${what} ${id}: ${String(bundle.data["text/plain"])}`);
  setDisplaySink({ display: told("new"), update: told("same") });
  const place: { id?: string } = {};
  const show = async (pool: typeof long) => {
    pool.showProgress({ place });
    await pool.wait();
    return place.id;
  };
  const long = slow.map([1500], once);
  const id = await show(long);
  assert.match(shown[0]!, new RegExp(`^new ${id}: slow: 0 of 1 run`));
  assert.equal(await show(slow.map([1600], once)), id, "the next one has the same place");
  assert.deepEqual([...new Set(shown.slice(1).map((each) => each.split(":")[0]))], [`same ${id}`]);
  assert.equal(await show(odd.map([2], once)), undefined, "errors stay: what comes has a place of its own");
  assert.match(shown.at(-1)!, new RegExp(`^same ${id}: .*1 failed.*Error: 2 is even`, "s"));
  setDisplaySink(undefined);
});

test("F095 cancel ends what has not started, running runs finish, and retry is refused afterwards", async () => {
  const pool = slow.map([200, 10, 10], { maxWorkers: 1 });
  assert.deepEqual(pool.status(), { pending: 2, running: 1, success: 0, error: 0, timeout: 0, cancelled: 0 });
  await pool.cancel({ wait: true });
  assert.deepEqual(pool.status(), { pending: 0, running: 0, success: 1, error: 0, timeout: 0, cancelled: 2 });
  assert.deepEqual([...pool.success()], [[0, 200]]);
  assert.deepEqual(
    [...pool.cancelled()],
    [
      [1, { ms: 10 }],
      [2, { ms: 10 }],
    ],
  );
  assert.throws(() => pool.retry(), PoolCancelledError);
  await assert.rejects(
    pool.results(),
    (error) => error instanceof PoolCancelledError && /Run 1 with \{"ms":10\}/.test(error.message),
  );
});

test("F096 retry runs failed tasks again, and only those", async () => {
  const pool = odd.map([1, 2], once);
  await pool.wait();
  const [first] = pool.times();
  pool.retry();
  assert.deepEqual([...pool.pending()], [[1, { n: 2 }]]);
  await pool.wait();
  assert.equal(pool.times()[0], first);
  assert.equal(pool.logs()[0], "n is 1\n");
  assert.equal(pool.logs()[1], "n is 2\n(attempt 2)\nn is 2\n");
  assert.ok(pool.totalTime({ sinceRetry: true }) < pool.totalTime());
});

test("F097 times are seconds, undefined for runs that have not ended", async () => {
  const began = performance.now();
  const pool = held.map([20, 0], throughGate);
  await waitFor("the first run", () => pool.anySucceeded());
  const [first, second] = pool.times();
  assert.ok(first! >= 0.02 && first! <= (performance.now() - began) / 1000, String(first));
  assert.equal(second, undefined);
  gate.open();
  await pool.wait();
  const [, last] = pool.times();
  assert.ok(last! >= first! && pool.totalTime() >= last!, `${last} of ${pool.totalTime()} s`);
});

test("F098 done, allSucceeded, anyFailed, anySucceeded", async () => {
  const truth = (pool: JobPool) => [pool.done(), pool.allSucceeded(), pool.anyFailed(), pool.anySucceeded()];
  assert.deepEqual(truth(odd.map([])), [true, true, false, false]);
  const pool = odd.map([1, 2], once);
  assert.deepEqual(truth(pool), [false, false, false, false]);
  await pool.wait();
  assert.deepEqual(truth(pool), [true, false, true, true]);
  assert.deepEqual(truth(await odd.map([1]).wait()), [true, true, false, true]);
});

test("F099 F100 argDf has a column per parameter, status counts", async () => {
  const pool = await odd.map([1, 2], once).wait();
  assert.deepEqual(pool.argDf(), [{ n: 1 }, { n: 2 }]);
  assert.deepEqual(pool.status(), { pending: 0, running: 0, success: 1, error: 1, timeout: 0, cancelled: 0 });
});

test("F101 waiting shows one display that updates to the final state; enableTqdm and progress turn it off", async () => {
  const shown: [how: string, id: string, text: string][] = [];
  const record = (how: string) => (bundle: DisplayBundle, id: string) =>
    void shown.push([how, id, String(bundle.data["text/plain"])]);
  setDisplaySink({ display: record("display"), update: record("update") });
  const pool = odd.map([1, 2, 3], once);
  pool.waitSleep = 0.001;
  await pool.wait();
  assert.equal(shown.filter(([how]) => how === "display").length, 1);
  assert.equal(new Set(shown.map(([, id]) => id)).size, 1);
  const last = shown.at(-1)![2];
  assert.match(last, /^odd: 2 of 3 runs, 1 failed, [\d.]+ s\n {2}run 1 \{"n":2\}: Error: 2 is even$/);
  shown.length = 0;
  await odd.map([1]).wait({ progress: false });
  options.show.enableTqdm = false;
  await odd.map([1]).wait();
  options.reset("show.enableTqdm");
  assert.equal(shown.length, 0);
});

test("a pool that a cell ends with goes on in its display, which no wait repeats", async () => {
  const shown: [how: string, text: string][] = [];
  const record = (how: string) => (bundle: DisplayBundle) => void shown.push([how, String(bundle.data["text/plain"])]);
  setDisplaySink({ display: record("display"), update: record("update") });
  const pool = odd.map([1, 3], once);
  assert.deepEqual((pool as unknown as Record<symbol, () => object>)[Symbol.for("Jupyter.display")]!(), {});
  await pool.wait();
  assert.equal(shown.filter(([how]) => how === "display").length, 1);
  assert.match(shown.at(-1)!.join(" "), /^update odd: 2 of 2 runs/);
  setDisplaySink(undefined);
});

test("F101 a wait has a time limit", async () => {
  const pool = never.map([0]);
  await assert.rejects(
    pool.wait({ timeout: 0.1 }),
    (error) => error instanceof UdfTimeoutError && /1 of 1 runs/.test(error.message),
  );
  assert.equal(pool.running().size, 1);
  await pool.shutdown({ wait: true });
  assert.deepEqual([...pool.cancelled()], [[0, { n: 0 }]]);
});

test("F102 tail prints each change once; at the time limit the arguments of what has not succeeded", async () => {
  const lines: string[] = [];
  const print = (text: string) => void lines.push(text);
  const pool = never.map([1, 0], { maxWorkers: 2 });
  await assert.rejects(pool.tail({ timeout: 1, print }), UdfTimeoutError);
  assert.equal(lines.filter((line) => /^run 0 \{"n":1\} success after/.test(line)).length, 1);
  assert.equal(lines.at(-1), 'Not succeeded: [{"n":0}]');
  await pool.shutdown();
  const failing = odd.map([2], once);
  await assert.rejects(failing.tail({ stopOnException: true, print }), UdfRuntimeError);
  await assert.rejects(failing.tail({ stopOnException: true, print }), UdfRuntimeError, "also of what failed before");
});

test("F103 results in the order of the arguments, resultsNow by index", async () => {
  const pool = held.map([0, 10, 0], throughGate);
  await waitFor("the run that does not wait", () => pool.anySucceeded());
  assert.deepEqual([...pool.resultsNow()], [[1, 10]]);
  gate.open();
  assert.deepEqual(await pool.results(), [0, 10, 0]);
  const failing = odd.map([1, 2], once);
  await assert.rejects(failing.results(), /run 1 of the pool/);
  const [value, error] = await failing.results({ returnExceptions: true });
  assert.equal(value, 1);
  assert.ok(error instanceof UdfRuntimeError);
});

test("F104 df of a submitted pool is the table of its tasks; status and result tables", async () => {
  const pool = (await fused.submit(odd, [1, 2], { ...once, collect: false })) as JobPool;
  await pool.wait();
  const table = (await pool.df()) as Record<string, unknown>[];
  assert.deepEqual(Object.keys(table[0]!), ["n", "status", "result", "time", "logs", "exception"]);
  assert.deepEqual([table[0]!["status"], table[0]!["result"], table[0]!["logs"]], ["success", 1, "n is 1\n"]);
  assert.deepEqual([table[1]!["status"], table[1]!["result"]], ["error", null]);
  assert.ok(table[1]!["exception"] instanceof UdfRuntimeError);
  assert.deepEqual(
    pool.getStatusDf().map(({ n, status }) => [n, status]),
    [
      [1, "success"],
      [2, "error"],
    ],
  );
  await assert.rejects(pool.getResultsDf());
  const { warn } = console;
  console.warn = () => undefined;
  assert.deepEqual(await pool.getResultsDf({ ignoreExceptions: true }), [{ n: 1, result: 1 }]);
  console.warn = warn;
});

test("F105 F106 F107 errors, logs and states by index", async () => {
  const pool = await odd.map([1, 2, 4], once).wait();
  assert.deepEqual([...pool.errors().keys()], [1, 2]);
  assert.match(pool.firstError()!.message, /^Error: 2 is even/);
  assert.deepEqual(pool.logs(), ["n is 1\n", "n is 2\n", "n is 4\n"]);
  assert.equal(pool.firstLog(), "n is 1\n");
  assert.deepEqual([...pool.success()], [[0, 1]]);
  const waiting = never.map([0, 5], { maxWorkers: 1 });
  assert.deepEqual([...waiting.pending()], [[1, { n: 5 }]]);
  assert.deepEqual([...waiting.running().keys()], [0]);
  assert.deepEqual(waiting.logs(), [undefined, undefined]);
  await waiting.shutdown({ wait: true });
});

test("F108 collect is what submit gives", async () => {
  assert.deepEqual(await odd.map([1, 3]).collect(), await fused.submit(odd, [1, 3]));
});

test("F109 logsDf names its columns, null leaves one out", async () => {
  const pool = await odd.map([1], once).wait();
  const [row] = pool.logsDf({ statusColumn: "state", resultColumn: null, timeColumn: null, includeExceptions: false });
  assert.deepEqual(row, { n: 1, state: "success", logs: "n is 1\n" });
  assert.equal(pool.length, 1);
});

test("F109 a pool can be iterated: runs as they end, then the loop ends", async () => {
  const seen: [number, unknown][] = [];
  for await (const { index, value } of held.map([0, 10], throughGate)) {
    seen.push([index, value]);
    gate.open();
  }
  assert.deepEqual(seen, [
    [1, 10],
    [0, 0],
  ]);
  const pool = odd.map([2, 1], once);
  const items = [];
  for await (const item of pool) items.push([item.args, item.status, item.error instanceof UdfRuntimeError]);
  assert.deepEqual(
    items.sort(),
    [
      [{ n: 1 }, "success", false],
      [{ n: 2 }, "error", true],
    ].sort(),
  );
  for await (const item of pool) {
    assert.ok(item);
    break;
  }
});

test("a pool is no promise", async () => {
  const pool = odd.map([1]);
  assert.equal(await pool, pool);
  await pool.wait();
  assert.match(String(pool), /^JobPool odd: 1 of 1 run, /);
});

test("an interrupted cell stops waiting and the pool lives on; the second time, what has not started is cancelled", async () => {
  const { warn } = console;
  const told: string[] = [];
  console.warn = (text: string) => void told.push(text);
  let cell = new AbortController();
  setCellHooks({ detached: (work) => work(), signal: () => cell.signal });
  const pool = held.map([0, 0, 20, 20], { ...throughGate, maxWorkers: 1 });
  const waits = [pool.wait(), pool.collect()];
  await waitFor("the first run", () => gate.waiting === 1);
  cell.abort();
  assert.match(told[0]!, /^Stopped waiting; 4 runs of the pool go on/);
  cell = new AbortController();
  const settled = Promise.race([pool.wait(), ...waits]).then(() => "settled");
  gate.pass(1);
  await waitFor("the second run", () => pool.anySucceeded() && gate.waiting === 1);
  cell.abort();
  assert.match(told.at(-1)!, /^Interrupted again/);
  cell = new AbortController();
  gate.open();
  await pool.wait();
  assert.deepEqual(pool.status(), { pending: 0, running: 0, success: 2, error: 0, timeout: 0, cancelled: 2 });
  assert.equal(await Promise.race([settled, pause(20)]), undefined, "code of an interrupted cell does not go on");
  console.warn = warn;
});

test("a pool draws itself as text, or the way a session has installed", async () => {
  const pool = (await odd.map([1, 2], once).wait()) as unknown as Record<symbol, () => Record<string, string>>;
  const draw = () => pool[Symbol.for("Jupyter.display")]!();
  assert.match(draw()["text/plain"]!, /^odd: 1 of 2 runs, 1 failed, .*\n {2}run 1 \{"n":2\}: Error: 2 is even$/);
  setPoolView(({ total }) => ({ data: { "text/plain": `${total} runs` }, metadata: {} }));
  assert.deepEqual(draw(), { "text/plain": "2 runs" });
  setPoolView();
});
