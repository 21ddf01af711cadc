import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import { tableFromArrays } from "apache-arrow";
import type { Table } from "apache-arrow";
import { UdfParameterError, UdfRuntimeError } from "../../fused/errors.ts";
import fused from "../../fused/index.ts";
import { arrowRows } from "../../fused/job-pool-collect.ts";
import { JobPool } from "../../fused/job-pool.ts";
import { options, reloadOptions } from "../../fused/options.ts";
import { closeEngine, localEngine } from "../../fused/run-engine.ts";
import { waitFor } from "../wait-for.ts";

const { udf, submit } = fused;
const square = udf("(n: int, plus: int = 0) => n * n + plus", { name: "square" });
const odd = udf("(n: int) => { if (n % 2) return n; throw new Error(n + ' is even'); }", { name: "odd" });

/** What a server on this machine counted of the runs that called it, by path. */
const calls = new Map<string, number>();
let mostAtOnce = 0;
let atOnce = 0;
/** The server answers when so many ask at once; 0: each after 30 ms. */
let holdUntil = 0;
const held: (() => void)[] = [];
const server = createServer((request, response) => {
  const count = (calls.get(request.url!) ?? 0) + 1;
  calls.set(request.url!, count);
  mostAtOnce = Math.max(mostAtOnce, ++atOnce);
  const answer = () => {
    atOnce--;
    response.end(String(count));
  };
  if (holdUntil === 0) return void setTimeout(answer, 30);
  held.push(answer);
  if (held.length >= holdUntil) for (const each of held.splice(0)) each();
});
let network: { allowPrivate: string[] };
let origin: string;

before(async () => {
  process.env["FUSED_SETTINGS_FILE"] = "/nonexistent/settings.toml";
  process.env["FUSED_LOCAL_ENGINE_CACHE"] = "false";
  process.env["FUSED_CACHE_DIRECTORY"] = mkdtempSync(join(tmpdir(), "fused-test-cache-"));
  reloadOptions();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  [network, origin] = [{ allowPrivate: [host] }, `http://${host}`];
  await localEngine();
});
after(async () => {
  server.close();
  await closeEngine();
});

/** What `console.warn` prints while `body` runs. */
async function warningsOf(body: () => Promise<unknown>): Promise<string[]> {
  const { warn } = console;
  const lines: string[] = [];
  console.warn = (text: string) => lines.push(text);
  try {
    await body();
  } finally {
    console.warn = warn;
  }
  return lines;
}

test("F078 values go to the first parameter, and results keep the order of the arguments", async () => {
  const rows = (await submit(
    square,
    Array.from({ length: 10 }, (_, n) => n),
  )) as Record<string, number>[];
  assert.deepEqual(
    rows.map(({ n, result }) => [n, result]),
    Array.from({ length: 10 }, (_, n) => [n, n * n]),
  );
});

test("F079 objects name parameters, and each row of an Arrow table is a run", async () => {
  assert.deepEqual(
    await submit(square, [
      { n: 1, plus: 1 },
      { n: 2, plus: 2 },
    ]),
    [
      { n: 1, plus: 1, result: 2 },
      { n: 2, plus: 2, result: 6 },
    ],
  );
  const table = tableFromArrays({ n: Int32Array.of(3, 4) });
  assert.deepEqual(await submit(square, table), [
    { n: 3, result: 9 },
    { n: 4, result: 16 },
  ]);
});

test("a fan-out over tiles fills the parameter that takes an area", async () => {
  const tiles = fused.tiles.tiles(-180, -85, 180, 85, 3);
  const corner = udf("(bounds: fused.types.Bounds) => bounds[0]");
  const values = await corner.map(tiles).results();
  assert.equal(values.length, 64);
  assert.deepEqual(
    values,
    tiles.map((tile) => fused.tiles.bounds(tile)[0]),
  );
});

test("F080 constant parameters; one that is in the list, too, gives a warning and the run's own value counts", async () => {
  assert.deepEqual(await submit(square, [1, 2], { parameters: { plus: 10 } }), [
    { n: 1, result: 11 },
    { n: 2, result: 14 },
  ]);
  const warnings = await warningsOf(async () => {
    const rows = await submit(square, [{ n: 1, plus: 1 }], { parameters: { plus: 10 } });
    assert.deepEqual(rows, [{ n: 1, plus: 1, result: 2 }]);
  });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /plus is in the list and among the constant parameters/);
});

test("F081 collect: false gives the pool at once", async () => {
  const pool = (await submit(square, [1, 2, 3], { collect: false })) as JobPool;
  assert.ok(pool instanceof JobPool);
  assert.equal(pool.done(), false);
  assert.deepEqual(await pool.collect(), await submit(square, [1, 2, 3]));
});

test("F082 tables are joined with the arguments as columns; flatten: false keeps one row a run", async () => {
  const rows = udf("(n: int) => Array.from({ length: n }, (_, i) => ({ i }))");
  assert.deepEqual(await submit(rows, [1, 2]), [
    { n: 1, i: 0 },
    { n: 2, i: 0 },
    { n: 2, i: 1 },
  ]);
  assert.deepEqual(await submit(rows, [1], { flatten: false }), [{ n: 1, result: [{ i: 0 }] }]);
  const arrow = udf("async (n: int) => (await import('apache-arrow')).tableFromArrays({ i: [n, n + 1] })");
  assert.deepEqual(arrowRows((await submit(arrow, [1, 5])) as Table), [
    { n: 1, i: 1 },
    { n: 1, i: 2 },
    { n: 5, i: 5 },
    { n: 5, i: 6 },
  ]);
});

test("F083 a failed run raises with its number, arguments and line; ignoreExceptions leaves it out", async () => {
  await assert.rejects(submit(odd, [1, 2, 3], { maxRetry: 0 }), (error: UdfRuntimeError) => {
    assert.ok(error instanceof UdfRuntimeError);
    assert.match(error.message, /^Error: 2 is even\nin UDF odd, line 1:/);
    assert.match(error.message, /run 1 of the pool, with \{"n":2\}$/);
    assert.equal(error.line, 1);
    assert.equal(error.cause, undefined, "one text is enough");
    assert.doesNotMatch(inspect([error]), /run-error|job-pool|Array\.map/, "no frames of this package");
    return true;
  });
  const warnings = await warningsOf(async () => {
    const rows = await submit(odd, [1, 2, 3], { maxRetry: 0, ignoreExceptions: true });
    assert.deepEqual(rows, [
      { n: 1, result: 1 },
      { n: 3, result: 3 },
    ]);
    assert.deepEqual(await submit(odd, [2, 4], { maxRetry: 0, ignoreExceptions: true }), []);
  });
  assert.equal(warnings.length, 2);
});

test("F084 at most maxWorkers run at once", async () => {
  mostAtOnce = 0;
  const call = udf("async (url: string) => (await fetch(url)).status");
  const urls = Array.from({ length: 12 }, (_, i) => `${origin}/workers/${i}`);
  await submit(call, urls, { maxWorkers: 3, network });
  assert.ok(mostAtOnce >= 2 && mostAtOnce <= 3, `${mostAtOnce} at once`);
  await assert.rejects(submit(call, urls, { maxWorkers: 0 }), TypeError);
  await assert.rejects(submit(call, urls, { maxWorkers: 1001 }), /an integer from 1 to 1000/);
  options.maxWorkers = 1;
  mostAtOnce = 0;
  await submit(call, urls.slice(0, 4), { network });
  options.reset("maxWorkers");
  assert.equal(mostAtOnce, 1, "the option maxWorkers");
  assert.ok(availableParallelism() >= 1);
});

test("F085 nProcessesPerWorker is for batch machines: the local engine says so", async () => {
  const warnings = await warningsOf(() => submit(square, [1], { nProcessesPerWorker: 4, cache: false }));
  assert.match(warnings[0]!, /go by maxWorkers/);
});

test("F086 failed runs are tried again only while somebody waits", async () => {
  const source =
    "async (url: string) => { const n = Number(await (await fetch(url)).text()); if (n < 3) throw new Error('attempt ' + n); return n; }";
  const flaky = udf(source, { name: "flaky" });
  assert.deepEqual(await submit(flaky, [`${origin}/waited`], { network, flatten: false }), [
    { url: `${origin}/waited`, result: 3 },
  ]);
  assert.equal(calls.get("/waited"), 3);

  const pool = flaky.map([`${origin}/alone`], { network });
  await waitFor("the end of the run", () => pool.done());
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(calls.get("/alone"), 1);
  assert.deepEqual(pool.status(), { pending: 0, running: 0, success: 0, error: 1, timeout: 0, cancelled: 0 });
  assert.deepEqual(await pool.results(), [3]);
  assert.equal(calls.get("/alone"), 3);
  assert.match(pool.logs()[0]!, /\(attempt 3\)/);
});

test("parameters that do not fit are not tried again", async () => {
  const pool = square.map(["one"]);
  await assert.rejects(pool.results(), UdfParameterError);
  assert.equal(pool.running().size, 0);
  assert.match(pool.firstError()!.message, /declared int/);
});

test("F087 debugMode runs the first item in the foreground and gives its value", async () => {
  assert.equal(await submit(square, [3, 4], { debugMode: true }), 9);
  assert.equal(await square.map([4], { debugMode: true }), 16);
  await assert.rejects(submit(odd, [2, 1], { debugMode: true }), /^UdfRuntimeError: Error: 2 is even/);
});

test("F088 executionType makes no difference to the result", async () => {
  assert.deepEqual(
    await submit(square, [1], { executionType: "async_loop", cache: false }),
    await submit(square, [1], { executionType: "thread_pool", cache: false }),
  );
  await assert.rejects(submit(square, [1], { executionType: "fork" as never }), TypeError);
});

test("F090 F094 a local fan-out runs side by side", async () => {
  const call = udf("async (url: string) => (await fetch(url)).status");
  mostAtOnce = 0;
  holdUntil = 4;
  await submit(
    call,
    Array.from({ length: 4 }, (_, i) => `${origin}/side/${i}`),
    { engine: "local", maxWorkers: 4, network },
  );
  holdUntil = 0;
  assert.equal(mostAtOnce, 4, "the server answers none of them before all four have asked");
});

test("F092 batch sizes ask for a log-in, unknown ones are refused", async () => {
  await assert.rejects(submit(square, [1], { instanceType: "large" }), /log in/);
  await assert.rejects(submit(square, [1], { instanceType: "gigantic" }), /There is no engine "gigantic"/);
});

test("F093 map gives a pool: wait, then df", async () => {
  const pool = square.map([1, 2, 3]);
  assert.ok(pool instanceof JobPool);
  await pool.wait();
  assert.deepEqual(await pool.df(), [
    { n: 1, result: 1 },
    { n: 2, result: 4 },
    { n: 3, result: 9 },
  ]);
});

test("lists that are none, or mix values and objects, are refused before anything runs", async () => {
  assert.throws(() => square.map(5), {
    name: "TypeError",
    message: /square\.map takes a list.*What came is the number 5/,
  });
  assert.throws(() => square.map("abc"), /the string "abc"/);
  assert.throws(() => square.map({ n: 1 }), /one object/);
  assert.throws(() => square.map(undefined), /Nothing came/);
  assert.throws(() => square.map([1, { n: 2 }]), /item 1 is not/);
  assert.throws(() => udf("() => 1").map([1]), /takes no parameters/);
  assert.throws(() => square.map([1], { maxWorker: 2 } as object), /Did you mean maxWorkers\?/);
  assert.deepEqual(await submit(square, []), []);
  assert.deepEqual(await submit(square, new Set([2])), [{ n: 2, result: 4 }]);
});

test("a plain function can be submitted", async () => {
  assert.deepEqual(await submit((n = 1) => n + 1, [1, 2]), [
    { n: 1, result: 2 },
    { n: 2, result: 3 },
  ]);
});

test("F089 the collected table is kept: the same submit again starts no runs; cache: false starts all", async () => {
  const call = udf("async (url: string) => Number(await (await fetch(url)).text())", { name: "call" });
  const urls = [`${origin}/kept/1`, `${origin}/kept/2`];
  const { log } = console;
  const told: string[] = [];
  console.log = (text: string) => void told.push(text);
  options.localEngineCache = true;
  const first = (await submit(call, urls, { network })) as { result: number }[];
  const second = (await submit(call, urls, { network })) as { result: number }[];
  assert.deepEqual(second, first);
  assert.equal(calls.get("/kept/1"), 1);
  assert.match(told[0]!, /^call: cached table, 0 s old/);
  second[0]!.result = 99;
  assert.deepEqual(await submit(call, urls, { network }), first, "each reader has a copy of their own");
  await submit(call, urls, { network, cache: false });
  assert.equal(calls.get("/kept/1"), 2);
  await submit(call, urls, { network, flatten: false });
  assert.equal(calls.get("/kept/1"), 2, "another table of the same runs, which are kept too");
  options.localEngineCache = false;
  await submit(call, urls, { network });
  assert.equal(calls.get("/kept/1"), 3);
  console.log = log;
});
